// SPDX-License-Identifier: Apache-2.0
#include "infer/scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/files.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;
using Metrics = std::vector<std::pair<std::string, double>>;

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// nnU-Net's name for one of our columns; others keep theirs.
std::string summary_name(const std::string& column) {
  static const std::map<std::string, std::string> names{
      {"dice", "Dice"}, {"iou", "IoU"}, {"hd95_mm", "HD95"}, {"assd_mm", "ASSD"}, {"nsd", "NSD"},
      {"tp", "TP"},     {"fp", "FP"},   {"fn", "FN"},        {"tn", "TN"}};
  const auto found = names.find(column);
  return found == names.end() ? column : found->second;
}

double value_of(const Metrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics)
    if (key == name) return value;
  return undefined;
}

Metrics summary_metrics(const CaseScore& row) {
  Metrics metrics;
  for (const auto& [column, value] : row.metrics) metrics.push_back({summary_name(column), value});
  const double both = value_of(metrics, "TP");
  if (!std::isnan(both)) {
    metrics.push_back({"n_pred", both + value_of(metrics, "FP")});
    metrics.push_back({"n_ref", both + value_of(metrics, "FN")});
  }
  return metrics;
}

Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

/// Values of one metric, met one by one.
struct Tally {
  double sum = 0;
  int64_t n = 0, undefined = 0, infinite = 0;

  void add(double value) {
    if (std::isnan(value)) {
      ++undefined;
    } else if (std::isinf(value)) {
      ++infinite;
    } else {
      sum += value;
      ++n;
    }
  }
  double mean() const { return n > 0 ? sum / static_cast<double>(n) : tazuna::undefined; }
};

/// Tallies by name in the order in which names were first met.
class Tallies {
 public:
  Tally& operator[](const std::string& name) {
    for (auto& [key, tally] : tallies_)
      if (key == name) return tally;
    return tallies_.emplace_back(name, Tally()).second;
  }
  Json means() const {
    Json json = Json::object();
    for (const auto& [name, tally] : tallies_) json[name] = number(tally.mean());
    return json;
  }
  Json counts() const {
    Json json = Json::object();
    for (const auto& [name, tally] : tallies_)
      json[name] = {{"n", tally.n}, {"undefined", tally.undefined}, {"infinite", tally.infinite}};
    return json;
  }
  const std::vector<std::pair<std::string, Tally>>& all() const { return tallies_; }

 private:
  std::vector<std::pair<std::string, Tally>> tallies_;
};

/// How summary.json names a structure of a task.
std::string label_key(const CaseScore& row, const ScoreNotes& notes, bool several_tasks) {
  std::string key = row.structure;
  const auto labels = notes.labels.find(row.task);
  if (labels != notes.labels.end())
    for (const auto& [name, label] : labels->second)
      if (name == row.structure) key = std::to_string(label);
  return several_tasks ? row.task + "." + key : key;
}

Json metrics_json(const Metrics& metrics) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics) json[name] = number(value);
  return json;
}

/// One entry a case, in order; `rows` are sorted by case.
Json cases_json(const std::vector<CaseScore>& rows, const ScoreNotes& notes, bool several_tasks) {
  Json list = Json::array();
  for (const CaseScore& row : rows) {
    if (notes.failed.contains(row.case_id)) continue;
    if (list.empty() || list.back()["case"] != row.case_id) {
      Json entry{{"case", row.case_id}, {"metrics", Json::object()}};
      const auto files = notes.files.find(row.case_id);
      if (files != notes.files.end()) {
        entry["prediction_file"] = files->second.prediction;
        entry["reference_file"] = files->second.reference;
      }
      list.push_back(std::move(entry));
    }
    list.back()["metrics"][label_key(row, notes, several_tasks)] = metrics_json(summary_metrics(row));
  }
  return list;
}

Json summary_json(const std::vector<CaseScore>& rows, const ScoreNotes& notes) {
  std::set<std::string> tasks;
  for (const CaseScore& row : rows) tasks.insert(row.task);
  const bool several = tasks.size() > 1;
  std::vector<std::pair<std::string, Tallies>> labels;
  for (const CaseScore& row : rows) {
    if (notes.failed.contains(row.case_id)) continue;
    const std::string key = label_key(row, notes, several);
    auto place =
        std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == key; });
    if (place == labels.end()) place = labels.insert(labels.end(), {key, Tallies()});
    for (const auto& [name, value] : summary_metrics(row)) place->second[name].add(value);
  }
  Json mean = Json::object(), counts = Json::object();
  Tallies foreground;
  for (const auto& [key, tallies] : labels) {
    mean[key] = tallies.means();
    counts[key] = tallies.counts();
    for (const auto& [name, tally] : tallies.all())
      if (tally.n > 0) foreground[name].add(tally.mean());
  }
  Json failed = Json::object();
  for (const auto& [case_id, reason] : notes.failed) failed[case_id] = reason;
  return {{"foreground_mean", foreground.means()},
          {"mean", std::move(mean)},
          {"counts", std::move(counts)},
          {"failed", std::move(failed)},
          {"metric_per_case", cases_json(rows, notes, several)}};
}

Table case_table(const std::vector<CaseScore>& rows) {
  std::vector<std::string> columns{"case", "task", "structure"};
  for (const CaseScore& row : rows)
    for (const auto& [name, value] : row.metrics)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  Table table(columns);
  for (const CaseScore& row : rows) {
    std::vector<Table::Cell> cells{row.case_id, row.task, row.structure};
    for (size_t i = 3; i < columns.size(); ++i) cells.push_back(value_of(row.metrics, columns[i]));
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace

void write_scores(const std::filesystem::path& folder, std::vector<CaseScore> rows, const ScoreNotes& notes) {
  std::stable_sort(rows.begin(), rows.end(), [](const CaseScore& a, const CaseScore& b) {
    return std::tie(a.case_id, a.task) < std::tie(b.case_id, b.task);
  });
  write_atomically(folder / "cases.tsv", case_table(rows).tsv());
  write_atomically(folder / "summary.json", summary_json(rows, notes).dump(4) + "\n");
}

std::vector<CaseScore> read_scores(const std::filesystem::path& file) {
  const Table table = read_table(file);
  std::vector<CaseScore> rows;
  for (size_t i = 0; i < table.rows(); ++i) {
    CaseScore row{table.text(i, "case"), table.text(i, "task"), table.text(i, "structure"), {}};
    for (const std::string& column : table.columns())
      if (column != "case" && column != "task" && column != "structure")
        row.metrics.push_back({column, table.number(i, column)});
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tazuna
