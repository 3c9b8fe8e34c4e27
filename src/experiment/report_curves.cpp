// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_curves.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "report/metrics_shown.hpp"
#include "tables/table.hpp"

namespace tazuna {

namespace {

constexpr std::string_view loss = "_loss", cosine = "cos_";
constexpr size_t most_points = 300;  // of a line: more cannot be told apart

// Where a plot stands among the others.
enum Order { losses, held_out, cosines, learning_rate };

// The tasks of a journal: each has a loss.
std::vector<std::string> tasks_of(const Table& journal) {
  std::vector<std::string> tasks;
  for (const std::string& column : journal.columns())
    if (column.ends_with(loss)) tasks.push_back(column.substr(0, column.size() - loss.size()));
  return tasks;
}

// "lesion_dice" of the tasks {lesion}: {"dice", "lesion"}; of tasks that begin alike the longest.
std::pair<std::string, std::string> value_and_task(const std::string& column,
                                                   const std::vector<std::string>& tasks) {
  std::string task;
  for (const std::string& one : tasks)
    if (column.starts_with(one + "_") && one.size() > task.size()) task = one;
  return {task.empty() ? column : column.substr(task.size() + 1), task};
}

// "cos_lesion_grade" of the tasks {lesion, grade}: "lesion and grade".
std::string pair_words(const std::string& column, const std::vector<std::string>& tasks) {
  for (const std::string& one : tasks)
    for (const std::string& other : tasks)
      if (column == cat(cosine, one, "_", other)) return cat(one, " and ", other);
  return column.substr(cosine.size());
}

// Of long runs every k-th value and the last one.
Curve thinned(const Curve& curve) {
  const size_t one_in = (curve.x.size() + most_points - 1) / most_points;
  if (one_in < 2) return curve;
  Curve kept;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (i % one_in != 0 && i + 1 < curve.x.size()) continue;
    kept.x.push_back(curve.x[i]);
    kept.y.push_back(curve.y[i]);
  }
  return kept;
}

// What a column's plot says; nothing for columns that are not drawn. `measured`: it stands behind the
// training's own columns, so it was measured on held-out people.
std::optional<std::pair<Order, CurvePanel>> described(const std::string& column,
                                                      const std::vector<std::string>& tasks, bool measured) {
  if (column.ends_with(loss)) {
    const std::string title = cat("Training loss of ", column.substr(0, column.size() - loss.size()));
    return std::pair{losses, CurvePanel{title, "loss", {}, false}};
  }
  if (column.starts_with(cosine)) {
    const std::string title = cat("Agreement of the gradients of ", pair_words(column, tasks));
    return std::pair{cosines, CurvePanel{title, "cosine", {}, false}};
  }
  if (column == "learning_rate")
    return std::pair{learning_rate, CurvePanel{"Learning rate", "learning rate", {}, false}};
  if (column == "inner_score")
    return std::pair{held_out, CurvePanel{"Score of those who choose the weights", "inner score", {}, false}};
  if (!measured) return std::nullopt;
  const auto [value, task] = value_and_task(column, tasks);
  const std::string shown = heading(metric_named(value));
  return std::pair{
      held_out, CurvePanel{cat("Held-out ", shown, task.empty() ? "" : cat(" of ", task)), shown, {}, true}};
}

Curve curve_of(const Table& journal, const std::string& column, Order order) {
  const bool rare = order == held_out || order == cosines;  // rows without a value are no gaps
  Curve curve;
  for (size_t row = 0; row < journal.rows(); ++row) {
    const double value = journal.number(row, column);
    if (rare && std::isnan(value)) continue;
    curve.x.push_back(journal.number(row, "step"));
    curve.y.push_back(value);
  }
  return thinned(curve);
}

}  // namespace

CurvePanel& CurveCollector::panel_of(Column column) {
  const auto place = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& one) { return one.name == column.name; });
  if (place != columns_.end()) return place->panel;
  column.panel.trace = cat("Source: ", trace_, " (", column.name, ")");
  return columns_.emplace_back(std::move(column)).panel;
}

void CurveCollector::add(const std::filesystem::path& file, const std::string& name,
                         std::optional<size_t> colour, Log& log) {
  if (!std::filesystem::exists(file)) return;
  try {
    const Table journal = read_table(file);
    const auto tasks = tasks_of(journal);
    bool measured = false;
    for (const std::string& column : journal.columns()) {
      if (auto known = described(column, tasks, measured)) {
        Curve curve = curve_of(journal, column, known->first);
        curve.name = name;
        curve.colour = colour;
        if (!curve.x.empty())
          panel_of({column, known->first, std::move(known->second)}).curves.push_back(curve);
      }
      measured = measured || column == "skipped_steps";
    }
  } catch (const Error& error) {
    log.warn(cat("the report goes without this run's curves: ", error.what()));
  }
}

std::vector<CurvePanel> CurveCollector::panels() const {
  std::vector<Column> sorted = columns_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Column& a, const Column& b) { return a.order < b.order; });
  std::vector<CurvePanel> panels;
  for (const Column& column : sorted) panels.push_back(column.panel);
  return panels;
}

}  // namespace tazuna
