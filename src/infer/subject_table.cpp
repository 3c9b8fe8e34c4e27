// SPDX-License-Identifier: Apache-2.0
#include "infer/subject_table.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "core/undefined.hpp"
#include "infer/label_maps.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

std::string true_column(const std::string& task) {
  return task + "_true";
}
std::string sd_column(const std::string& task) {
  return task + "_sd";
}
std::string share_column(const std::string& task, const std::string& name) {
  return cat(task, "_p_", name);
}

std::string or_na(const std::string& text) {
  return text.empty() ? "n/a" : text;
}

/// The cell's text; "" where it says that there is nothing, unless that is one of the `names` of classes.
std::string text_in(const Table& table, size_t row, const std::string& column,
                    const std::vector<std::string>& names = {}) {
  std::string text = trimmed(table.text(row, column));
  return is_missing(text) && std::ranges::find(names, text) == names.end() ? "" : text;
}

double share_of(const ClassShares& answer, const std::string& name) {
  const auto found = std::find(answer.names.begin(), answer.names.end(), name);
  return found == answer.names.end() ? undefined
                                     : answer.shares[static_cast<size_t>(found - answer.names.begin())];
}

/// The cells behind T (and T_true) of one task; n/a where its answer is missing or of another kind.
void add_cells(const SubjectColumns& columns, const SubjectRow& row, bool with_truth,
               std::vector<Table::Cell>& cells) {
  const auto found = row.answers.find(columns.task);
  const Prediction* answer = found == row.answers.end() ? nullptr : &found->second;
  const auto* shares = answer ? std::get_if<ClassShares>(answer) : nullptr;
  const auto* quantity = answer ? std::get_if<Quantity>(answer) : nullptr;
  const auto add_truth = [&] {
    if (!with_truth) return;
    const auto truth = row.truths.find(columns.task);
    cells.emplace_back(truth == row.truths.end() ? "n/a" : or_na(truth->second));
  };
  if (columns.names.empty()) {
    cells.emplace_back(quantity ? quantity->value : undefined);
    add_truth();
    cells.emplace_back(quantity ? quantity->sd : undefined);
    return;
  }
  cells.emplace_back(shares ? shares->names.at(shares->chosen) : "n/a");
  add_truth();
  for (const std::string& name : columns.names)
    cells.emplace_back(shares ? share_of(*shares, name) : undefined);
}

bool numbers_alone(const Table& table, const std::string& column) {
  bool any = false;
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string text = text_in(table, row, column);
    if (!text.empty() && !number_of(text)) return false;
    any = any || !text.empty();
  }
  return any;
}

/// The tasks whose columns stand side by side in a table.
std::vector<SubjectColumns> columns_in(const Table& table) {
  static const std::set<std::string> about_the_case{"case", "participant_id", "person", "session"};
  const std::vector<std::string>& names = table.columns();
  std::vector<SubjectColumns> found;
  for (size_t i = 0; i < names.size(); ++i) {
    SubjectColumns columns{.task = names[i], .names = {}};
    if (about_the_case.contains(columns.task)) continue;
    size_t next = i + 1;
    const auto next_is = [&](const std::string& name) { return next < names.size() && names[next] == name; };
    if (next_is(true_column(columns.task))) ++next;
    const std::string prefix = share_column(columns.task, "");
    while (next < names.size() && names[next].starts_with(prefix))
      columns.names.push_back(names[next++].substr(prefix.size()));
    const bool has_sd = columns.names.empty() && next_is(sd_column(columns.task));
    if (columns.names.empty() && !has_sd && !numbers_alone(table, columns.task)) continue;
    i = next - 1 + (has_sd ? 1 : 0);
    found.push_back(std::move(columns));
  }
  return found;
}

ClassShares shares_in(const Table& table, size_t row, const SubjectColumns& columns,
                      const std::string& text) {
  ClassShares answer{.names = columns.names, .shares = {}};
  for (const std::string& name : columns.names) {
    const std::string column = share_column(columns.task, name);
    const double share = table.number(row, column);
    if (!(share >= 0 && share <= 1))
      throw refused(cat("row ", row + 1, ": ", column, " is ", table.text(row, column),
                        "; expected a share from 0 to 1"));
    answer.shares.push_back(share);
  }
  const auto chosen = std::find(columns.names.begin(), columns.names.end(), text);
  if (chosen == columns.names.end())
    throw refused(cat("row ", row + 1, ": ", columns.task, " is '", text, "', but there is no column ",
                      share_column(columns.task, text)));
  answer.chosen = static_cast<size_t>(chosen - columns.names.begin());
  return answer;
}

std::optional<Prediction> answer_in(const Table& table, size_t row, const SubjectColumns& columns) {
  const std::string text = text_in(table, row, columns.task, columns.names);
  if (text.empty()) return std::nullopt;
  if (!columns.names.empty()) return shares_in(table, row, columns, text);
  Quantity answer;
  answer.value = table.number(row, columns.task);
  if (table.has(sd_column(columns.task))) answer.sd = table.number(row, sd_column(columns.task));
  return answer;
}

SubjectRow row_in(const Table& table, size_t row, const std::string& id_column,
                  const std::vector<SubjectColumns>& columns) {
  SubjectRow found;
  found.case_id = text_in(table, row, id_column);
  if (found.case_id.empty()) throw refused(cat("row ", row + 1, " has no ", id_column));
  if (table.has("person")) found.person = text_in(table, row, "person");
  if (found.person.empty()) found.person = person_of_case(found.case_id);
  if (table.has("session")) found.session = text_in(table, row, "session");
  for (const SubjectColumns& one : columns) {
    if (std::optional<Prediction> answer = answer_in(table, row, one))
      found.answers.emplace(one.task, std::move(*answer));
    if (table.has(true_column(one.task)))
      found.truths[one.task] = text_in(table, row, true_column(one.task), one.names);
  }
  return found;
}

}  // namespace

std::vector<SubjectColumns> subject_columns(const std::vector<std::shared_ptr<Task>>& tasks) {
  std::vector<SubjectColumns> columns;
  for (const auto& task : tasks) {
    if (task->scope() != Scope::subject) continue;
    // An answer knows its names and its unit; any logits give one.
    const Prediction any = task->decide(task->averaged(at::zeros({1, task->outputs()})));
    SubjectColumns& own = columns.emplace_back();
    own.task = task->name();
    if (const auto* shares = std::get_if<ClassShares>(&any)) own.names = shares->names;
    if (const auto* quantity = std::get_if<Quantity>(&any)) own.unit = quantity->unit;
  }
  return columns;
}

Table subject_table(std::vector<SubjectRow> rows, const std::vector<SubjectColumns>& columns,
                    bool with_truth) {
  std::vector<std::string> names{"case", "person", "session"};
  for (const SubjectColumns& one : columns) {
    names.push_back(one.task);
    if (with_truth) names.push_back(true_column(one.task));
    for (const std::string& name : one.names) names.push_back(share_column(one.task, name));
    if (one.names.empty()) names.push_back(sd_column(one.task));
  }
  std::ranges::stable_sort(rows, {}, &SubjectRow::case_id);
  Table table(std::move(names));
  for (const SubjectRow& row : rows) {
    std::vector<Table::Cell> cells{row.case_id, or_na(row.person), or_na(row.session)};
    for (const SubjectColumns& one : columns) add_cells(one, row, with_truth, cells);
    table.add(std::move(cells));
  }
  return table;
}

SubjectTable read_subjects(const std::filesystem::path& file) {
  return within(file.string(), [&] {
    const Table table = read_table(file);
    const std::string id_column =
        !table.has("case") && table.has("participant_id") ? "participant_id" : "case";
    SubjectTable found;
    found.columns = columns_in(table);
    std::set<std::string> cases;
    for (size_t row = 0; row < table.rows(); ++row) {
      found.rows.push_back(row_in(table, row, id_column, found.columns));
      if (!cases.insert(found.rows.back().case_id).second)
        throw refused(
            cat("row ", row + 1, ": the case '", found.rows.back().case_id, "' stands there twice"));
    }
    return found;
  });
}

std::map<std::string, std::vector<AnsweredCase>> read_answers(
    const std::filesystem::path& file,
    const std::map<std::string, std::map<std::string, std::string>>& truths) {
  const SubjectTable found = read_subjects(file);
  std::map<std::string, std::vector<AnsweredCase>> answers;
  for (const SubjectColumns& columns : found.columns) {
    std::vector<AnsweredCase>& own = answers[columns.task];
    const auto given = truths.find(columns.task);
    for (const SubjectRow& row : found.rows) {
      const auto answer = row.answers.find(columns.task);
      if (answer == row.answers.end()) continue;
      std::string truth;
      if (const auto in_file = row.truths.find(columns.task); in_file != row.truths.end())
        truth = in_file->second;
      if (given != truths.end() && given->second.contains(row.case_id)) truth = given->second.at(row.case_id);
      own.push_back({row.case_id, row.person, truth, answer->second});
    }
  }
  return answers;
}

std::vector<AnsweredCase> known_answers(const std::vector<SubjectRow>& rows, const std::string& task) {
  std::vector<AnsweredCase> known;
  for (const SubjectRow& row : rows) {
    const auto answer = row.answers.find(task);
    const auto truth = row.truths.find(task);
    if (answer != row.answers.end() && truth != row.truths.end() && !truth->second.empty())
      known.push_back({row.case_id, row.person, truth->second, answer->second});
  }
  return known;
}

std::string truth_problem(const SubjectColumns& columns, const std::string& truth) {
  if (columns.names.empty())
    return number_of(truth)
               ? ""
               : cat(columns.task, " is '", truth, "', but a number was predicted; correct the cell");
  if (place_of(truth, columns.names)) return "";
  return cat(columns.task, " is '", truth, "', but the predictions have no column ",
             share_column(columns.task, truth), "; they know ", join(columns.names, ", "));
}

void write_answers(const std::filesystem::path& folder, const std::vector<SubjectRow>& rows,
                   const std::vector<std::shared_ptr<Task>>& tasks) {
  const std::vector<SubjectColumns> columns = subject_columns(tasks);
  std::vector<SubjectRow> sorted = rows;
  std::ranges::stable_sort(sorted, {}, &SubjectRow::case_id);
  for (SubjectRow& row : sorted)  // a table that was read does not say units
    for (const SubjectColumns& one : columns)
      if (const auto answer = row.answers.find(one.task); answer != row.answers.end())
        if (auto* quantity = std::get_if<Quantity>(&answer->second)) quantity->unit = one.unit;
  TaskScores scores;
  for (const auto& task : tasks)
    if (task->scope() == Scope::subject)
      scores.emplace_back(task->name(), task->scores(known_answers(sorted, task->name())));
  const Table table = subject_table(std::move(sorted), columns, /*with_truth=*/true);
  write_atomically(folder / "subjects.tsv", table.tsv());
  write_task_scores(folder, scores);
}

}  // namespace tazuna
