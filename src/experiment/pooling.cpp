// SPDX-License-Identifier: Apache-2.0
#include "experiment/pooling.hpp"

#include "infer/scores.hpp"
#include "infer/subject_table.hpp"

namespace tazuna {

namespace {

// One row a case from the answers of every subject task.
void add_rows(const std::filesystem::path& file, const Experiment& experiment,
              std::vector<SubjectRow>& rows) {
  std::map<std::string, SubjectRow> by_case;
  for (const auto& [task, answers] : read_answers(file)) {
    for (const AnsweredCase& one : answers) {
      SubjectRow& row = by_case[one.case_id];
      row.answers.emplace(task, one.answer);
      row.truths[task] = one.truth;
    }
  }
  for (auto& [id, row] : by_case) {
    const auto subject = experiment.cases({id}).front();
    row.case_id = id;
    row.person = subject->person;
    row.session = subject->session;
    rows.push_back(std::move(row));
  }
}

}  // namespace

void pool_folds(const std::vector<std::filesystem::path>& folds, const std::filesystem::path& out,
                const Experiment& experiment) {
  std::vector<CaseScore> scores;
  std::vector<SubjectRow> answers;
  for (const auto& fold : folds) {
    const auto own = read_scores(fold / "validation" / "cases.tsv");
    scores.insert(scores.end(), own.begin(), own.end());
    const auto subjects = fold / "validation" / "subjects.tsv";
    if (std::filesystem::exists(subjects)) add_rows(subjects, experiment, answers);
  }
  if (!answers.empty()) write_answers(out, answers, experiment.make_tasks());
  write_scores(out, std::move(scores), experiment.notes());
}

}  // namespace tazuna
