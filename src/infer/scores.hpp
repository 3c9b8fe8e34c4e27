// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tables/bootstrap.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// What may be said about scores beside the numbers.
struct ScoreNotes {
  struct Files {
    std::string prediction, reference;
  };
  std::map<std::string, NamedIntegers>
      labels;                          ///< by task: structures and their labels, the keys of summary.json
  std::map<std::string, Files> files;  ///< by case
  std::map<std::string, std::string>
      persons;  ///< by case: who it shows; a case without is a person of its own
  std::map<std::string, std::string> failed;  ///< by case: why it could not be scored
};

/// One row of means.tsv: a metric of a structure over all cases.
struct MeanScore {
  std::string task, structure, metric;
  MeanInterval over_cases;
};

/// Means and 95 % bootstrap intervals over persons of every structure and metric, in the order in which
/// `rows` hold them; failed cases are in none.
std::vector<MeanScore> mean_scores(const std::vector<CaseScore>& rows, const ScoreNotes& notes = {});

/// Writes into FOLDER, the same bytes whatever the order of the cases:
/// - cases.tsv: `case task structure`, then a column a metric; sorted by case;
/// - means.tsv: `task structure metric n persons undefined infinite mean low high`, as mean_scores() gives
///   them;
/// - summary.json in nnU-Net's form: metric_per_case, mean per label, foreground_mean (the mean over the
///   labels' means), with nnU-Net's names for what it knows (Dice, IoU, TP, FP, FN, TN, n_pred, n_ref) and
///   HD95, ASSD, NSD beside. `intervals` holds what means.tsv holds, by label and metric, and `interval` says
///   how it was found. JSON has no NaN and no infinity: both are null there (nnU-Net writes a bare NaN),
///   cases.tsv tells them apart. With several tasks the keys are TASK.LABEL. Where FOLDER holds a
///   task_scores.tsv, `subject_tasks` says the same by task and metric.
void write_scores(const std::filesystem::path& folder, std::vector<CaseScore> rows,
                  const ScoreNotes& notes = {});

/// The rows of a cases.tsv, for pooling.
std::vector<CaseScore> read_scores(const std::filesystem::path& file);
/// The rows of a means.tsv.
std::vector<MeanScore> read_means(const std::filesystem::path& file);

/// Scores of subject tasks, a task after the other.
using TaskScores = std::vector<std::pair<std::string, std::vector<TaskScore>>>;
/// Writes FOLDER/task_scores.tsv: `task metric value low high n persons`.
void write_task_scores(const std::filesystem::path& folder, const TaskScores& scores);
/// The rows of a task_scores.tsv, by task.
std::map<std::string, std::vector<TaskScore>> read_task_scores(const std::filesystem::path& file);

}  // namespace tazuna
