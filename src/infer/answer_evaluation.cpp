// SPDX-License-Identifier: Apache-2.0
#include "infer/answer_evaluation.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids.hpp"
#include "data/cohorts/table.hpp"
#include "infer/folders.hpp"
#include "infer/label_maps.hpp"
#include "tasks/column_values.hpp"
#include "tasks/subject_scores.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

bool is_table(const fs::path& file) {
  return file.extension() == ".tsv" || file.extension() == ".csv";
}

/// The table of answers that PREDICTIONS are or hold; "" for none.
fs::path answers_file(const fs::path& predictions) {
  const fs::path file = is_table(predictions) ? predictions : predictions / "subjects.tsv";
  return fs::is_regular_file(file) ? file : fs::path();
}

/// Whether nothing but answers can be scored, or they were asked for by name.
bool answers_are_wanted(const EvaluateOptions& options) {
  if (is_table(options.predictions) || is_table(options.reference) || !options.columns.empty()) return true;
  if (!is_folder(options.predictions) || is_bids_folder(options.predictions)) return false;
  return std::ranges::none_of(entries_of(options.predictions), is_image_name);
}

/// What a reference says about cases.
struct Truth {
  std::string name;  ///< of the table, for messages
  std::set<std::string> columns;
  std::map<std::string, std::map<std::string, std::string>> values;  ///< by case, then column
};

Truth truth_of(FoundCohort found, const std::string& name) {
  Truth truth{name, {found.cohort.columns.begin(), found.cohort.columns.end()}, {}};
  for (FoundCase& one : found.cases) {
    const std::string problem = one.problem();
    if (!problem.empty()) throw refused(cat(name, ": ", one.subject.id, ": ", problem));
    truth.values[one.subject.id] = std::move(one.subject.values);
  }
  return truth;
}

/// The values that a reference has beside its label maps, or instead of them; none where it has no table.
std::optional<Truth> read_truth(const fs::path& reference, const CohortRequest& request) {
  if (is_table(reference))
    return truth_of(find_cases(TableOptions{.file = reference}, request), reference.string());
  const fs::path folder = (fs::absolute(reference) / "").lexically_normal().parent_path();
  const bool derivative = folder.parent_path().filename() == "derivatives";
  for (const fs::path& root : {folder, derivative ? folder.parent_path().parent_path() : folder}) {
    const fs::path table = root / "participants.tsv";
    if (!fs::is_regular_file(table)) continue;
    return is_bids(root) ? truth_of(find_cases(BidsOptions{.root = root}, request), table.string())
                         : truth_of(find_cases(TableOptions{.file = table}, request), table.string());
  }
  return std::nullopt;
}

/// The row of the reference that speaks of a predicted case; null if none does.
const std::map<std::string, std::string>* row_of(const SubjectRow& row, const Truth& truth) {
  const std::string person = person_of_case(row.case_id);
  for (const std::string& name : {row.case_id, bids_case(row.case_id), row.person, person}) {
    const auto found = truth.values.find(name);
    if (found != truth.values.end()) return &found->second;
  }
  return nullptr;
}

/// A table may name people without BIDS' "sub-", as one that a training reads. Where it knows none of the
/// predicted cases, all of which have the prefix, its ids get it too; false elsewhere.
bool give_prefix(Truth& truth, const std::vector<SubjectRow>& rows) {
  const std::string prefix = "sub-";
  const auto fits = [&](const SubjectRow& row) {
    return row.case_id.starts_with(prefix) && !row_of(row, truth);
  };
  if (!std::ranges::all_of(rows, fits)) return false;
  std::map<std::string, std::map<std::string, std::string>> values;
  for (auto& [id, own] : truth.values)
    values.emplace(id.starts_with(prefix) ? id : prefix + id, std::move(own));
  truth.values = std::move(values);
  return true;
}

bool are_ascending_numbers(const std::vector<std::string>& names) {
  const auto out_of_order = [](const std::string& a, const std::string& b) {
    return !number_of(a) || !number_of(b) || *number_of(a) >= *number_of(b);
  };
  return std::ranges::adjacent_find(names, out_of_order) == names.end();
}

std::vector<TaskScore> scores_of(const SubjectColumns& columns, const std::vector<AnsweredCase>& cases) {
  if (columns.names.empty()) return quantity_answer_scores(cases);
  std::vector<TaskScore> scores = class_answer_scores(cases);
  if (columns.names.size() < 3 || !are_ascending_numbers(columns.names)) return scores;
  for (TaskScore& level : level_answer_scores(cases, {}))
    if (std::ranges::find(scores, level.metric, &TaskScore::metric) == scores.end())
      scores.push_back(std::move(level));
  return scores;
}

/// The column of the reference that holds the truth of a task.
std::string column_of(const std::string& task, const EvaluateOptions& options) {
  const auto given = options.columns.find(task);
  return given == options.columns.end() ? task : given->second;
}

/// No files are wanted of the reference; classes that were predicted are words of its columns.
CohortRequest request_of(const std::vector<SubjectColumns>& tasks, const EvaluateOptions& options) {
  CohortRequest request;
  for (const SubjectColumns& columns : tasks)
    request.words[column_of(columns.task, options)].insert(columns.names.begin(), columns.names.end());
  return request;
}

class AnswerScoring {
 public:
  AnswerScoring(SubjectTable predicted, Truth truth, const EvaluateOptions& options, Log& log)
      : predicted_(std::move(predicted)), truth_(std::move(truth)), options_(options), log_(log) {}

  /// Chooses the tasks whose truth is there; says why there is none. One that was asked for by name must have
  /// it.
  std::string choose_columns() {
    std::set<std::string> tasks;
    for (const SubjectColumns& columns : predicted_.columns) tasks.insert(columns.task);
    for (const auto& [task, column] : options_.columns) {
      const std::string asked = cat("--column ", task, "=", column, ": ");
      if (!tasks.contains(task))
        throw refused(cat(asked, "the predictions answer no '", task, "'", offer(task, tasks)));
      if (!truth_.columns.contains(column))
        throw refused(cat(asked, truth_.name, " has no such column", offer(column, truth_.columns)));
    }
    std::vector<std::string> unknown;
    for (const SubjectColumns& columns : predicted_.columns) {
      if (truth_.columns.contains(column_of(columns.task, options_))) {
        scored_.columns.push_back(columns);
      } else {
        unknown.push_back(columns.task);
      }
    }
    const std::string sentence = cat(truth_.name, " has no column ", join(unknown, " and no column "));
    if (scored_.columns.empty())
      return cat(sentence, offer(unknown.front(), truth_.columns), "; name it by --column ", unknown.front(),
                 "=COLUMN");
    if (!unknown.empty()) log_.info(sentence + "; not scored");
    return "";
  }

  ScoredAnswers run(const std::map<std::string, std::string>& persons) {
    for (SubjectRow& row : predicted_.rows)
      if (const auto own = persons.find(row.case_id); own != persons.end()) row.person = own->second;
    const std::string first = truth_.values.empty() ? "there is none" : truth_.values.begin()->first + ", …";
    const bool prefixed = give_prefix(truth_, predicted_.rows);
    for (SubjectRow& row : predicted_.rows) take(row);
    if (scored_.rows.empty())
      throw refused(cat("no case of the predictions (",
                        predicted_.rows.empty() ? "there is none" : predicted_.rows.front().case_id + ", …",
                        ") has a row in ", truth_.name, " (", first, ")"));
    if (prefixed) log_.info(cat(truth_.name, " names people without sub-, which is put before its ids"));
    tell_strange_truths();
    std::ranges::sort(scored_.rows, {}, &SubjectRow::case_id);
    for (const SubjectColumns& columns : scored_.columns)
      scored_.scores.emplace_back(columns.task,
                                  scores_of(columns, known_answers(scored_.rows, columns.task)));
    return std::move(scored_);
  }

 private:
  /// Truths that no answer could have met are left out and told; a task that has no other is refused.
  void tell_strange_truths() const {
    for (const auto& [task, strange] : strange_) {
      const auto has_truth = [&task = task](const SubjectRow& row) { return row.truths.contains(task); };
      const std::string sentence = cat(truth_.name, ": ", strange.cases.front(), ": ", strange.sentence);
      if (std::ranges::none_of(scored_.rows, has_truth)) throw refused(sentence);
      const size_t count = strange.cases.size();
      log_.warn(cat(sentence, "; ", count, count == 1 ? " case is" : " cases are",
                    " left out of the scores of ", task, ": ", join(strange.cases, ", ")));
    }
  }

  /// Takes a predicted case that the reference knows, with the truth of each task.
  void take(SubjectRow& row) {
    const auto* values = row_of(row, truth_);
    if (!values) {
      log_.detail(cat(row.case_id, ": no row in ", truth_.name, "; left out"));
      return;
    }
    bool known = false, answered = false;
    row.truths.clear();
    for (const SubjectColumns& columns : scored_.columns) {
      const auto value = values->find(column_of(columns.task, options_));
      if (value == values->end()) continue;
      if (const std::string problem = truth_problem(columns, value->second); !problem.empty()) {
        Strange& strange = strange_[columns.task];
        if (strange.cases.empty()) strange.sentence = problem;
        strange.cases.push_back(row.case_id);
        continue;
      }
      row.truths[columns.task] = value->second;
      known = true;
      answered = answered || row.answers.contains(columns.task);
    }
    if (known) ++(answered ? scored_.answered : scored_.unanswered);
    if (known && !answered) log_.error(cat(row.case_id, ": the predictions hold no answer for it"));
    scored_.rows.push_back(std::move(row));
  }

  /// Cases whose truth is none of a task's answers, and what is wrong with the first.
  struct Strange {
    std::string sentence;
    std::vector<std::string> cases;
  };

  SubjectTable predicted_;
  Truth truth_;
  const EvaluateOptions& options_;
  Log& log_;
  ScoredAnswers scored_;
  std::map<std::string, Strange> strange_;  // by task
};

}  // namespace

std::optional<ScoredAnswers> score_answers(const EvaluateOptions& options,
                                           const std::map<std::string, std::string>& persons, Log& log) {
  const fs::path file = answers_file(options.predictions);
  const bool wanted = answers_are_wanted(options);
  const auto none = [&](const std::string& sentence) -> std::optional<ScoredAnswers> {
    if (wanted) throw refused(sentence);
    log.info(sentence + "; answers to subject tasks are not scored");
    return std::nullopt;
  };
  SubjectTable predicted;
  if (!file.empty()) predicted = read_subjects(file);
  if (predicted.columns.empty()) {
    const bool folders = file.empty() && !is_table(options.predictions) && !is_table(options.reference);
    if (!wanted || (folders && options.columns.empty())) return std::nullopt;
    return none(file.empty()
                    ? cat(options.predictions.string(), ": there is no table of answers (subjects.tsv)")
                    : cat(file.string(), ": no column holds answers to a subject task"));
  }
  std::optional<Truth> truth = read_truth(options.reference, request_of(predicted.columns, options));
  const std::string task = predicted.columns.front().task;
  if (!truth)
    return none(cat(options.reference.string(), ": no participants.tsv says the truth of ", task,
                    "; give a BIDS dataset, or a .tsv or .csv table"));
  AnswerScoring scoring(std::move(predicted), std::move(*truth), options, log);
  const std::string problem = scoring.choose_columns();
  if (!problem.empty()) return none(problem);
  return scoring.run(persons);
}

void write_scored(const fs::path& folder, const std::optional<ScoredAnswers>& answers) {
  if (!answers) {
    for (const char* name : {"subjects.tsv", "task_scores.tsv"}) fs::remove(folder / name);
    return;
  }
  write_atomically(folder / "subjects.tsv",
                   subject_table(answers->rows, answers->columns, /*with_truth=*/true).tsv());
  write_task_scores(folder, answers->scores);
}

}  // namespace tazuna
