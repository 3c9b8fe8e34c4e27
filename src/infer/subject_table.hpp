// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "infer/scores.hpp"
#include "tables/table.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// One case's row of subjects.tsv.
struct SubjectRow {
  std::string case_id, person, session;
  std::map<std::string, Prediction> answers;  ///< by subject task; one that is missing is written n/a
  std::map<std::string, std::string> truths;  ///< by subject task; written as T_true where `with_truth`
};

/// A subject task's columns: T (in the user's words or units), then T_p_<class>, or T_sd for a quantity.
struct SubjectColumns {
  std::string task;
  std::vector<std::string> names;  ///< classes or levels; empty: a quantity
  std::string unit = {};
};
/// Of each subject task, in order.
std::vector<SubjectColumns> subject_columns(const std::vector<std::shared_ptr<Task>>& tasks);

/// `case person session`, then the columns of each task; sorted by case. `with_truth` puts T_true behind T.
Table subject_table(std::vector<SubjectRow> rows, const std::vector<SubjectColumns>& columns,
                    bool with_truth);

/// What a subjects.tsv holds.
struct SubjectTable {
  std::vector<SubjectRow> rows;
  std::vector<SubjectColumns> columns;
};
/// Reads one of ours, or another program's with a column `case` (or participant_id) and a column a task. A
/// column T with T_p_<class> behind it holds classes, one with T_sd behind it or with numbers alone a
/// quantity; further columns are passed over. Refuses a cell that is no number, a share outside 0 to 1, an
/// answer without its T_p_<class>, a case without a name and one that stands twice, with file, row and
/// column.
SubjectTable read_subjects(const std::filesystem::path& file);
/// The answers in a subjects.tsv, by task: those with T_p_<class> columns are ClassShares, others Quantity.
/// `truths`: by task and case, for files without T_true. Refuses what read_subjects() refuses.
std::map<std::string, std::vector<AnsweredCase>> read_answers(
    const std::filesystem::path& file,
    const std::map<std::string, std::map<std::string, std::string>>& truths = {});

/// The cases that have both an answer to `task` and a truth, in the order of `rows`.
std::vector<AnsweredCase> known_answers(const std::vector<SubjectRow>& rows, const std::string& task);
/// What is wrong with a truth that is none of the classes, or no number where a quantity was asked for; else
/// "".
std::string truth_problem(const SubjectColumns& columns, const std::string& truth);

/// Writes FOLDER/subjects.tsv (with truth) and FOLDER/task_scores.tsv: `task metric value low high n
/// persons`. A write_scores() into the same folder that follows takes the latter into summary.json.
void write_answers(const std::filesystem::path& folder, const std::vector<SubjectRow>& rows,
                   const std::vector<std::shared_ptr<Task>>& tasks);

}  // namespace tazuna
