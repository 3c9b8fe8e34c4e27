// SPDX-License-Identifier: Apache-2.0
#include "infer/scores.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/undefined.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

using Json = nlohmann::ordered_json;
using Metrics = std::vector<std::pair<std::string, double>>;

constexpr const char* task_scores_name = "task_scores.tsv";

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

std::string person_of(const std::string& case_id, const ScoreNotes& notes) {
  const auto found = notes.persons.find(case_id);
  return found == notes.persons.end() ? case_id : found->second;
}

Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

/// Metrics by nnU-Net's names, with its sizes n_pred and n_ref where voxels were counted.
Json metrics_json(const Metrics& metrics) {
  Json json = Json::object();
  for (const auto& [column, value] : metrics) json[summary_name(column)] = number(value);
  const double both = value_of(metrics, "tp");
  if (!std::isnan(both)) {
    json["n_pred"] = number(both + value_of(metrics, "fp"));
    json["n_ref"] = number(both + value_of(metrics, "fn"));
  }
  return json;
}

Json interval_json(const MeanInterval& interval) {
  return {{"mean", number(interval.mean)}, {"low", number(interval.low)},
          {"high", number(interval.high)}, {"n", interval.n},
          {"persons", interval.persons},   {"undefined", interval.undefined},
          {"infinite", interval.infinite}};
}

/// How summary.json names a structure of a task.
class LabelKeys {
 public:
  LabelKeys(const std::vector<CaseScore>& rows, const ScoreNotes& notes) : notes_(notes) {
    std::set<std::string> tasks;
    for (const CaseScore& row : rows) tasks.insert(row.task);
    several_ = tasks.size() > 1;
  }
  std::string operator()(const std::string& task, const std::string& structure) const {
    std::string key = structure;
    const auto labels = notes_.labels.find(task);
    if (labels != notes_.labels.end())
      for (const auto& [name, label] : labels->second)
        if (name == structure) key = std::to_string(label);
    return several_ ? task + "." + key : key;
  }

 private:
  const ScoreNotes& notes_;
  bool several_ = false;
};

/// One entry a case, in order; `rows` are sorted by case.
Json cases_json(const std::vector<CaseScore>& rows, const ScoreNotes& notes, const LabelKeys& keys) {
  Json list = Json::array();
  for (const CaseScore& row : rows) {
    if (notes.failed.contains(row.case_id)) continue;
    if (list.empty() || list.back()["case"] != row.case_id) {
      Json entry{
          {"case", row.case_id}, {"person", person_of(row.case_id, notes)}, {"metrics", Json::object()}};
      const auto files = notes.files.find(row.case_id);
      if (files != notes.files.end()) {
        entry["prediction_file"] = files->second.prediction;
        entry["reference_file"] = files->second.reference;
      }
      list.push_back(std::move(entry));
    }
    list.back()["metrics"][keys(row.task, row.structure)] = metrics_json(row.metrics);
  }
  return list;
}

/// The mean of the labels' means of each metric.
Json foreground_json(const Json& means) {
  Json json = Json::object();
  std::map<std::string, std::pair<double, int64_t>> sums;
  for (const auto& [label, metrics] : means.items()) {
    for (const auto& [name, value] : metrics.items()) {
      json[name] = nullptr;
      if (value.is_null()) continue;
      sums[name].first += value.get<double>();
      ++sums[name].second;
    }
  }
  for (const auto& [name, sum] : sums) json[name] = number(sum.first / static_cast<double>(sum.second));
  return json;
}

/// By task and metric.
Json task_scores_json(const std::map<std::string, std::vector<TaskScore>>& tasks) {
  Json json = Json::object();
  for (const auto& [task, scores] : tasks)
    for (const TaskScore& score : scores)
      json[task][score.metric] = {{"value", number(score.value)},
                                  {"low", number(score.low)},
                                  {"high", number(score.high)},
                                  {"n", score.n},
                                  {"persons", score.persons}};
  return json;
}

Json summary_json(const std::vector<CaseScore>& rows, const std::vector<MeanScore>& scores,
                  const ScoreNotes& notes) {
  const LabelKeys keys(rows, notes);
  std::map<std::string, Metrics> means;
  Json mean = Json::object(), intervals = Json::object(), failed = Json::object();
  for (const MeanScore& score : scores) {
    const std::string key = keys(score.task, score.structure);
    means[key].emplace_back(score.metric, score.over_cases.mean);
    mean[key] = nullptr;  // keeps the order of the labels
    intervals[key][summary_name(score.metric)] = interval_json(score.over_cases);
  }
  for (const auto& [key, metrics] : means) mean[key] = metrics_json(metrics);
  for (const auto& [case_id, reason] : notes.failed) failed[case_id] = reason;
  const Json foreground = foreground_json(mean);
  return {{"foreground_mean", foreground},
          {"mean", std::move(mean)},
          {"interval",
           {{"method", "percentile bootstrap over persons"},
            {"level", interval_level},
            {"draws", interval_draws}}},
          {"intervals", std::move(intervals)},
          {"failed", std::move(failed)},
          {"metric_per_case", cases_json(rows, notes, keys)}};
}

Table case_table(const std::vector<CaseScore>& rows) {
  std::vector<std::string> columns{"case", "task", "structure"};
  for (const CaseScore& row : rows)
    for (const auto& [name, value] : row.metrics)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  Table table(columns);
  for (const CaseScore& row : rows) {
    std::vector<Table::Cell> cells{row.case_id, row.task, row.structure};
    cells.reserve(columns.size());
    for (size_t i = 3; i < columns.size(); ++i)
      cells.emplace_back(std::in_place_type<double>, value_of(row.metrics, columns[i]));
    table.add(std::move(cells));
  }
  return table;
}

Table mean_table(const std::vector<MeanScore>& scores) {
  Table table(
      {"task", "structure", "metric", "n", "persons", "undefined", "infinite", "mean", "low", "high"});
  for (const auto& [task, structure, metric, over] : scores)
    table.add({task, structure, metric, over.n, over.persons, over.undefined, over.infinite, over.mean,
               over.low, over.high});
  return table;
}

}  // namespace

std::vector<MeanScore> mean_scores(const std::vector<CaseScore>& rows, const ScoreNotes& notes) {
  struct Series {
    std::vector<double> values;
    std::vector<std::string> persons;
  };
  std::vector<MeanScore> scores;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> places;
  std::vector<Series> series;
  for (const CaseScore& row : rows) {
    if (notes.failed.contains(row.case_id)) continue;
    for (const auto& [metric, value] : row.metrics) {
      const auto [place, added] = places.try_emplace({row.task, row.structure, metric}, scores.size());
      if (added) {
        scores.push_back({row.task, row.structure, metric, {}});
        series.emplace_back();
      }
      series[place->second].values.push_back(value);
      series[place->second].persons.push_back(person_of(row.case_id, notes));
    }
  }
  for (size_t i = 0; i < scores.size(); ++i)
    scores[i].over_cases = bootstrap_mean(series[i].values, series[i].persons);
  return scores;
}

void write_scores(const std::filesystem::path& folder, std::vector<CaseScore> rows, const ScoreNotes& notes) {
  std::stable_sort(rows.begin(), rows.end(), [](const CaseScore& a, const CaseScore& b) {
    return std::tie(a.case_id, a.task) < std::tie(b.case_id, b.task);
  });
  const std::vector<MeanScore> means = mean_scores(rows, notes);
  write_atomically(folder / "cases.tsv", case_table(rows).tsv());
  write_atomically(folder / "means.tsv", mean_table(means).tsv());
  Json summary = summary_json(rows, means, notes);
  const std::filesystem::path of_subjects = folder / task_scores_name;
  if (std::filesystem::exists(of_subjects))
    summary["subject_tasks"] = task_scores_json(read_task_scores(of_subjects));
  // The paths of the maps may have bytes that are no UTF-8.
  write_atomically(folder / "summary.json",
                   summary.dump(4, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n");
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

std::vector<MeanScore> read_means(const std::filesystem::path& file) {
  const Table table = read_table(file);
  std::vector<MeanScore> scores;
  for (size_t i = 0; i < table.rows(); ++i) {
    const auto count = [&](const char* column) { return static_cast<int64_t>(table.number(i, column)); };
    scores.push_back({table.text(i, "task"),
                      table.text(i, "structure"),
                      table.text(i, "metric"),
                      {.mean = table.number(i, "mean"),
                       .low = table.number(i, "low"),
                       .high = table.number(i, "high"),
                       .n = count("n"),
                       .persons = count("persons"),
                       .undefined = count("undefined"),
                       .infinite = count("infinite")}});
  }
  return scores;
}

void write_task_scores(const std::filesystem::path& folder, const TaskScores& scores) {
  Table table({"task", "metric", "value", "low", "high", "n", "persons"});
  for (const auto& [task, own] : scores)
    for (const TaskScore& score : own)
      table.add({task, score.metric, score.value, score.low, score.high, score.n, score.persons});
  write_atomically(folder / task_scores_name, table.tsv());
}

std::map<std::string, std::vector<TaskScore>> read_task_scores(const std::filesystem::path& file) {
  return within(file.string(), [&] {
    const Table table = read_table(file);
    std::map<std::string, std::vector<TaskScore>> scores;
    for (size_t row = 0; row < table.rows(); ++row) {
      const auto number_in = [&](const char* column) { return table.number(row, column); };
      scores[table.text(row, "task")].push_back({.metric = table.text(row, "metric"),
                                                 .value = number_in("value"),
                                                 .low = number_in("low"),
                                                 .high = number_in("high"),
                                                 .n = static_cast<int64_t>(number_in("n")),
                                                 .persons = static_cast<int64_t>(number_in("persons"))});
    }
    return scores;
  });
}

}  // namespace tazuna
