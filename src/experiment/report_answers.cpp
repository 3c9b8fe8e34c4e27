// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_answers.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/text.hpp"
#include "experiment/compare_questions.hpp"
#include "infer/subject_table.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// What the scores tell about a task: whether its answers are levels, and the unit of a quantity.
void learn_kind(AnsweredTask& task) {
  for (const MeanRow& row : task.scores) {
    task.ordered = task.ordered || row.metric == "quadratic_kappa";
    if (task.unit.empty() && row.metric.starts_with("mae_") && row.metric != "mae_levels")
      task.unit = row.metric.substr(4);
  }
}

// The truth as a number or as a place among the names; nothing where nobody knows it.
std::optional<double> truth_of(const std::string& text, const AnsweredTask& task) {
  if (text.empty() || text == "n/a") return std::nullopt;
  if (task.names.empty()) return number_of(text);
  const auto place = place_of(text, task.names);
  return place ? std::optional<double>(static_cast<double>(*place)) : std::nullopt;
}

// The answer that shares stand for: the most probable class, of levels the median.
double answer_of(const std::vector<double>& shares, const AnsweredTask& task) {
  const ClassShares answer =
      with_answer(shares, {.task = task.name, .column = "", .names = task.names, .ordered = task.ordered});
  return static_cast<double>(answer.chosen);
}

std::vector<MeanRow> scores_of(const std::vector<MeanRow>& scores, const std::string& task) {
  std::vector<MeanRow> rows;
  for (const MeanRow& row : scores)
    if (row.task == task) rows.push_back(row);
  return rows;
}

void add_run_answer(const AnsweredCase& one, const AnsweredTask& task, Answerer& answerer) {
  const auto truth = truth_of(one.truth, task);
  if (!truth) return;
  GivenAnswer given{one.case_id, one.person, *truth};
  if (const auto* shares = std::get_if<ClassShares>(&one.answer)) {
    given.shares = shares->shares;
    given.answer = static_cast<double>(shares->chosen);
  } else {
    given.answer = std::get<Quantity>(one.answer).value;
  }
  if (std::isfinite(given.answer)) answerer.answers.push_back(std::move(given));
}

// task_scores.tsv as rows without an arm.
std::vector<MeanRow> run_scores(const fs::path& file) {
  std::vector<MeanRow> scores;
  if (!fs::exists(file)) return scores;
  for (const auto& [task, rows] : read_task_scores(file))
    for (const TaskScore& one : rows)
      scores.push_back({task, "-", one.metric, {one.value, one.low, one.high, one.n, one.persons, 0, 0}});
  return scores;
}

// The rows of answers_TASK.tsv of one arm by case, in the order of the file: one a seed.
std::vector<std::vector<size_t>> rows_by_case(const Table& table, const std::string& arm) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> places;
  for (size_t row = 0; row < table.rows(); ++row) {
    if (table.text(row, "arm") != arm || table.text(row, "answer") == "n/a") continue;
    const auto [place, added] = places.try_emplace(table.text(row, "case"), groups.size());
    if (added) groups.emplace_back();
    groups[place->second].push_back(row);
  }
  return groups;
}

// The mean over the seeds' rows of a case.
double mean_of_seeds(const Table& table, const std::vector<size_t>& rows, const std::string& column) {
  double sum = 0;
  for (const size_t row : rows) sum += table.number(row, column);
  return sum / static_cast<double>(rows.size());
}

Answerer answerer_of(const Table& table, const ComparedArm& arm, const AnsweredTask& task) {
  Answerer answerer{arm.name, arm.colour, arm.control};
  for (const auto& rows : rows_by_case(table, arm.name)) {
    const size_t first = rows.front();
    const auto truth = truth_of(table.text(first, "truth"), task);
    if (!truth) continue;
    GivenAnswer given{table.text(first, "case"), table.text(first, "person"), *truth};
    for (const std::string& name : task.names)
      given.shares.push_back(mean_of_seeds(table, rows, "p_" + name));
    if (task.names.empty()) {
      given.answer = mean_of_seeds(table, rows, "answer");
    } else {
      const auto own = truth_of(table.text(first, "answer"), task);  // a name like any other
      given.answer = rows.size() == 1 && own ? *own : answer_of(given.shares, task);
    }
    const bool known =
        std::isfinite(given.answer) && std::all_of(given.shares.begin(), given.shares.end(),
                                                   [](double share) { return std::isfinite(share); });
    if (known) answerer.answers.push_back(std::move(given));
  }
  return answerer;
}

}  // namespace

std::vector<AnsweredTask> answered_by_run(const fs::path& folder, const fs::path& below) {
  std::vector<AnsweredTask> tasks;
  const fs::path file = below / "subjects.tsv", scores_file = below / "task_scores.tsv";
  if (!fs::exists(folder / file)) return tasks;
  const auto scores = run_scores(folder / scores_file);
  const SubjectTable table = read_subjects(folder / file);
  const auto answers = read_answers(folder / file);
  for (const SubjectColumns& columns : table.columns) {
    AnsweredTask task{.name = columns.task, .unit = columns.unit, .names = columns.names};
    task.scores = scores_of(scores, task.name);
    learn_kind(task);
    task.scores_file = scores_file.string();
    task.answers_file = file.string();
    task.truth_column = task.name + "_true";
    task.answer_column = task.name;
    task.share_prefix = task.name + "_p_";
    Answerer answerer;
    const auto own = answers.find(task.name);
    if (own != answers.end())
      for (const AnsweredCase& one : own->second) add_run_answer(one, task, answerer);
    if (answerer.answers.empty() && task.scores.empty()) continue;  // nobody knows the truth
    task.answerers.push_back(std::move(answerer));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

std::vector<AnsweredTask> answered_by_arms(const fs::path& folder, const std::vector<ComparedArm>& arms,
                                           const std::vector<MeanRow>& scores) {
  std::vector<AnsweredTask> tasks;
  std::vector<std::string> names;
  for (const MeanRow& row : scores)
    if (row.structure == "-" && std::find(names.begin(), names.end(), row.task) == names.end())
      names.push_back(row.task);
  for (const std::string& name : names) {
    AnsweredTask task{.name = name};
    task.scores = scores_of(scores, name);
    learn_kind(task);
    task.scores_file = "scores.tsv";
    task.answers_file = cat("answers_", name, ".tsv");
    task.truth_column = "truth";
    task.answer_column = "answer";
    task.share_prefix = "p_";
    const fs::path file = folder / task.answers_file;
    const Table table = fs::exists(file) ? read_table(file) : Table();
    for (const std::string& column : table.columns())
      if (column.starts_with("p_")) task.names.push_back(column.substr(2));
    for (const ComparedArm& arm : arms) {
      const auto is_scored = [&arm](const MeanRow& row) { return row.arm == arm.name; };
      if (std::any_of(task.scores.begin(), task.scores.end(), is_scored))
        task.answerers.push_back(answerer_of(table, arm, task));
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

}  // namespace tazuna
