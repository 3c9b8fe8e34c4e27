// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_tables.hpp"

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/text.hpp"

namespace tazuna {

namespace {

int64_t count_in(const Table& table, size_t row, const std::string& column) {
  const double value = table.number(row, column);
  return std::isfinite(value) ? std::llround(value) : 0;
}

// "n/a" and "-" say that there is none.
std::string word_in(const Table& table, size_t row, const std::string& column) {
  const std::string& text = table.text(row, column);
  return text == "n/a" || text == "-" ? "" : text;
}

// Mean over the seeds in which a metric is defined.
double mean_of(const Table& cases, const std::vector<size_t>& rows, const std::string& metric) {
  double sum = 0, count = 0;
  for (const size_t row : rows) {
    const double value = cases.number(row, metric);
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : std::nan("");
}

}  // namespace

Table table_in(const std::filesystem::path& folder, const std::string& file) {
  return std::filesystem::exists(folder / file) ? read_table(folder / file) : Table();
}

std::vector<ComparedArm> arms_in(const Table& table) {
  std::vector<ComparedArm> arms;
  for (size_t row = 0; row < table.rows(); ++row)
    arms.push_back({table.text(row, "arm"), table.text(row, "kind") == "control",
                    split_text(table.text(row, "tasks"), ','), row});
  return arms;
}

std::vector<MeanRow> scores_in(const Table& table) {
  std::vector<MeanRow> scores;
  for (size_t row = 0; row < table.rows(); ++row) {
    const MeanInterval over{table.number(row, "value"),      table.number(row, "low"),
                            table.number(row, "high"),       count_in(table, row, "n"),
                            count_in(table, row, "persons"), count_in(table, row, "undefined"),
                            count_in(table, row, "infinite")};
    scores.push_back({table.text(row, "task"), table.text(row, "structure"), table.text(row, "metric"), over,
                      table.text(row, "arm"), table.number(row, "seed_sd")});
  }
  return scores;
}

std::vector<ComparedPair> pairs_in(const Table& table) {
  std::vector<ComparedPair> pairs;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto text = [&](const char* column) { return table.text(row, column); };
    const auto number = [&](const char* column) { return table.number(row, column); };
    pairs.push_back({.task = text("task"),
                     .structure = text("structure"),
                     .metric = text("metric"),
                     .unit = word_in(table, row, "unit"),
                     .higher_is_better = text("better") != "lower",
                     .arm = text("arm"),
                     .reference = text("reference"),
                     .n = count_in(table, row, "n"),
                     .persons = count_in(table, row, "persons"),
                     .merged = table.has("merged") ? count_in(table, row, "merged") : 0,
                     .arm_mean = number("arm_mean"),
                     .reference_mean = number("reference_mean"),
                     .difference = number("difference"),
                     .low = number("low"),
                     .high = number("high"),
                     .test = text("test"),
                     .p = number("p"),
                     .p_holm = number("p_holm")});
  }
  return pairs;
}

Table cases_of_arm(const Table& cases, const std::string& arm) {
  const std::set<std::string> about_the_run{"arm", "seed", "fold", "case", "person", "task", "structure"};
  std::vector<std::string> columns{"case", "person", "task", "structure"};
  for (const std::string& column : cases.columns())
    if (!about_the_run.contains(column)) columns.push_back(column);
  std::vector<std::vector<size_t>> groups;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> places;
  for (size_t row = 0; row < cases.rows(); ++row) {
    if (cases.text(row, "arm") != arm) continue;
    const auto [place, added] = places.try_emplace(
        {cases.text(row, "case"), cases.text(row, "task"), cases.text(row, "structure")}, groups.size());
    if (added) groups.emplace_back();
    groups[place->second].push_back(row);
  }
  Table averaged(columns);
  for (const auto& rows : groups) {
    std::vector<Table::Cell> cells;
    for (size_t i = 0; i < 4; ++i) cells.emplace_back(cases.text(rows.front(), columns[i]));
    for (size_t i = 4; i < columns.size(); ++i) cells.emplace_back(mean_of(cases, rows, columns[i]));
    averaged.add(std::move(cells));
  }
  return averaged;
}

}  // namespace tazuna
