// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "report/comparison_tables.hpp"
#include "report/markup.hpp"
#include "report/metrics_shown.hpp"
#include "report/sections.hpp"
#include "report/table_markup.hpp"

namespace tazuna {
namespace {

/// What filling the region in did to an arm's answers to a task.
struct Occluded {
  int64_t answers = 0, changed = 0;          ///< changed: another class or level
  double change = 0;                         ///< sum of absolute changes of a quantity
  int64_t known = 0;                         ///< answers whose truth is known
  double score_before = 0, score_after = 0;  ///< sums: right answers, or absolute errors
};

const AnsweredTask* task_named(const Comparison& comparison, const std::string& name) {
  const auto& tasks = comparison.answered;
  const auto place =
      std::find_if(tasks.begin(), tasks.end(), [&](const AnsweredTask& one) { return one.name == name; });
  return place == tasks.end() ? nullptr : &*place;
}

/// The truth of a case in the words of the table; nothing if unknown.
std::optional<std::string> truth_of(const AnsweredTask& task, const std::string& case_id) {
  for (const Answerer& one : task.answerers)
    for (const GivenAnswer& given : one.answers)
      if (given.case_id == case_id)
        return task.names.empty() ? number_text(given.truth) : task.names[static_cast<size_t>(given.truth)];
  return std::nullopt;
}

void add_row(const AnsweredTask& task, const Table& rows, size_t row, Occluded& sum) {
  const std::string &before = rows.text(row, "answer"), &after = rows.text(row, "answer_occluded");
  if (before == "n/a" || after == "n/a") return;
  const auto truth = truth_of(task, rows.text(row, "case"));
  ++sum.answers;
  if (task.names.empty()) {
    const double first = rows.number(row, "answer"), second = rows.number(row, "answer_occluded");
    sum.change += std::abs(second - first);
    if (!truth) return;
    const double known = std::strtod(truth->c_str(), nullptr);
    sum.score_before += std::abs(first - known);
    sum.score_after += std::abs(second - known);
  } else {
    sum.changed += before != after;
    if (!truth) return;
    sum.score_before += before == *truth;
    sum.score_after += after == *truth;
  }
  ++sum.known;
}

std::string row_of(const AnsweredTask& task, const std::string& arm, const Occluded& sum) {
  const auto known = static_cast<double>(sum.known), answers = static_cast<double>(sum.answers);
  const double before = sum.score_before / known, after = sum.score_after / known;
  const bool quantity = task.names.empty();
  const int digits = quantity ? digits_for(before) : 3;
  const std::string changed = quantity ? cat("by ", figure(sum.change / answers, digits),
                                             task.unit.empty() ? "" : cat(" ", task.unit), " on average")
                                       : cat(sum.changed, " of ", sum.answers);
  return cat("<tr>", row_head(task.name), text_cell(arm), number_cell(answers, figure(answers, 0)),
             text_cell(changed), text_cell(quantity ? heading(metric_named("mae", task.unit)) : "Accuracy"),
             number_cell(before, figure(before, digits)), number_cell(after, figure(after, digits)),
             "</tr>\n");
}

}  // namespace

std::string occlusion_section(const Comparison& comparison) {
  const Table& rows = comparison.occlusion;
  if (rows.rows() == 0) return "";
  std::vector<std::pair<std::string, std::string>> order;  // task, arm
  std::map<std::pair<std::string, std::string>, Occluded> sums;
  for (size_t row = 0; row < rows.rows(); ++row) {
    const AnsweredTask* task = task_named(comparison, rows.text(row, "task"));
    if (!task) continue;
    const std::pair key{task->name, rows.text(row, "arm")};
    if (!sums.contains(key)) order.push_back(key);
    add_row(*task, rows, row, sums[key]);
  }
  std::string table = table_start("Answers without the region", "scroll", "means") + "<thead><tr>";
  table += cat(head_cell("Task", false), head_cell("Arm", false), head_cell("Answers", true),
               head_cell("Changed", false), head_cell("Score", false), head_cell("Before", true),
               head_cell("Region filled in", true), "</tr></thead><tbody>\n");
  for (const auto& key : order) table += row_of(*task_named(comparison, key.first), key.second, sums[key]);
  return cat(
      "<h2 id=\"occlusion\">Did the answers come from the region?</h2>\n", table, table_end,
      note(
          "The held-out cases were answered again with the segmented region filled in with its surroundings. "
          "Answers that stay as good as they were did not rest on the region. One answer a case and seed. "
          "Source: occlusion.tsv (answer, answer_occluded)."));
}

}  // namespace tazuna
