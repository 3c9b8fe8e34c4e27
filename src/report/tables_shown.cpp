// SPDX-License-Identifier: Apache-2.0
#include "report/tables_shown.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/text.hpp"
#include "report/markup.hpp"
#include "report/selection.hpp"
#include "report/table_markup.hpp"

namespace tazuna {
namespace {

std::string metric_cell(const Table& cases, size_t row, const ShownMetric& metric) {
  const double value = cases.number(row, metric.column);
  return number_cell(value, shown_value(metric, value));
}

/// Volumes of small structures need a decimal.
int volume_digits(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  return largest < 100 ? 1 : 0;
}

std::vector<double> column_values(const Table& cases, const std::string& column) {
  std::vector<double> values;
  for (size_t row = 0; row < cases.rows(); ++row) values.push_back(cases.number(row, column));
  return values;
}

int digits_of(const ShownMetric& metric, const Table& cases) {
  if (metric.unit != "mm³" || !cases.has("reference_mm3")) return metric.digits;
  return volume_digits(column_values(cases, "reference_mm3"));
}

/// Rows to show, and in their order; the `most` of lowest Dice where there are more.
std::vector<size_t> rows_shown(const Table& cases, size_t most) {
  std::vector<size_t> rows(cases.rows());
  std::iota(rows.begin(), rows.end(), size_t{0});
  if (rows.size() <= most || !cases.has("dice")) return rows;
  const auto dice = column_values(cases, "dice");
  // Undefined values are no low ones.
  const auto key = [&dice](size_t row) { return std::isnan(dice[row]) ? 2 : dice[row]; };
  std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  rows.resize(most);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

std::string structure_name(const std::string& task, const std::string& structure, bool several_tasks) {
  return several_tasks ? cat(task, ": ", structure) : structure;
}

std::vector<ShownMetric> metrics_in(const Table& cases, bool ShownMetric::*where) {
  std::vector<ShownMetric> metrics;
  for (ShownMetric metric : shown_metrics()) {
    if (!(metric.*where) || !cases.has(metric.column)) continue;
    metric.digits = digits_of(metric, cases);
    metrics.push_back(metric);
  }
  return metrics;
}

std::string mean_cell(const MeanRow* row, const ShownMetric& metric, int64_t cases) {
  if (!row) return "<td class=\"num\"></td>";
  const MeanInterval& over = row->over_cases;
  const auto shown = [&metric](double value) { return shown_value(metric, value); };
  std::string cell =
      cat("<td class=\"num\" data-value=\"", std::isfinite(over.mean) ? number_text(over.mean) : "",
          "\"><span class=\"mean\">", shown(over.mean), "</span>");
  if (std::isfinite(over.low) && std::isfinite(over.high))
    cell += cat("<span class=\"interval\">[", shown(over.low), ", ", shown(over.high), "]</span>");
  if (std::isfinite(row->seed_sd))
    cell += cat("<span class=\"interval\">seeds ± ", figure(row->seed_sd, metric.digits + 1), "</span>");
  if (over.n != cases) {
    cell += cat("<span class=\"rests\">n ", over.n);
    if (over.undefined > 0) cell += cat(", ", over.undefined, " undefined");
    if (over.infinite > 0) cell += cat(", ", over.infinite, " infinite");
    cell += "</span>";
  }
  return cell + "</td>";
}

std::string means_table(const Table& cases, const std::vector<MeanRow>& means) {
  const auto metrics = metrics_in(cases, &ShownMetric::in_means);
  const bool several = distinct(cases, "task").size() > 1;
  std::string table = table_start("Mean with 95 % interval for each structure", "scroll", "means");
  table += cat("<thead><tr>", head_cell("Structure", false), head_cell("n", true));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>";
  std::vector<std::pair<std::string, std::string>> structures;  // task, structure
  for (const MeanRow& row : means) {
    const std::pair key{row.task, row.structure};
    if (std::find(structures.begin(), structures.end(), key) == structures.end()) structures.push_back(key);
  }
  for (const auto& [task, structure] : structures) {
    int64_t count = 0;
    for (size_t row = 0; row < cases.rows(); ++row)
      count += cases.text(row, "task") == task && cases.text(row, "structure") == structure;
    table +=
        cat("<tr>", row_head(structure_name(task, structure, several)), "<td class=\"num\">", count, "</td>");
    for (const ShownMetric& metric : metrics) {
      const auto found = std::find_if(means.begin(), means.end(), [&](const MeanRow& row) {
        return row.task == task && row.structure == structure && row.metric == metric.column;
      });
      table += mean_cell(found == means.end() ? nullptr : &*found, metric, count);
    }
    table += "</tr>";
  }
  return table + std::string(table_end);
}

std::string cases_table(const Report& report, size_t most) {
  const Table& cases = report.cases;
  const auto metrics = metrics_in(cases, &ShownMetric::in_cases);
  const bool several = distinct(cases, "task").size() > 1;
  std::string table = table_start("Scores of each case", "scroll long", "cases sortable");
  table += cat("<thead><tr>", head_cell("Case", false), several ? head_cell("Task", false) : "",
               head_cell("Structure", false));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>\n";
  for (const size_t row : rows_shown(cases, most)) {
    table += cat("<tr>", row_head(cases.text(row, "case")));
    if (several) table += text_cell(cases.text(row, "task"));
    table += text_cell(cases.text(row, "structure"));
    for (const ShownMetric& metric : metrics) table += metric_cell(cases, row, metric);
    table += "</tr>\n";
  }
  return table + std::string(table_end);
}

std::string case_scores(const Table& cases, const std::string& case_id, const std::string& task) {
  const auto metrics = metrics_in(cases, &ShownMetric::in_cases);
  std::string table = table_start(cat("Scores of ", case_id), "scroll", "scores");
  table += cat("<thead><tr>", head_cell("Structure", false));
  for (const ShownMetric& metric : metrics) table += head_cell(heading(metric), true);
  table += "</tr></thead><tbody>";
  for (size_t row = 0; row < cases.rows(); ++row) {
    if (cases.text(row, "case") != case_id || cases.text(row, "task") != task) continue;
    table += cat("<tr>", row_head(cases.text(row, "structure")));
    for (const ShownMetric& metric : metrics) table += metric_cell(cases, row, metric);
    table += "</tr>";
  }
  return table + std::string(table_end);
}

}  // namespace tazuna
