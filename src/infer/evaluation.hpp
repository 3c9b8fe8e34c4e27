// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/fields.hpp"
#include "core/log.hpp"
#include "infer/scores.hpp"

namespace tazuna {

/// What `evaluate` is asked.
struct EvaluateOptions {
  std::filesystem::path predictions;  ///< folder of label maps, named as the references, and of a
                                      ///< subjects.tsv, or such a table alone
  std::filesystem::path reference;    ///< folder of label maps, a dataset in MSD or nnU-Net layout, a BIDS
                                      ///< dataset or derivative, or a table with a row a case
  std::filesystem::path out;
  std::filesystem::path persons;  ///< table with columns case and person; empty: as the cases' names say
  NamedIntegers labels;  ///< structures to score; empty: the dataset's, else every label met, by its number
  double tolerance_mm = 1;                          ///< of the normalised surface Dice
  bool lesions = false;                             ///< score single lesions too
  std::map<std::string, std::string> columns = {};  ///< of the reference, by subject task; else its name
  /// Which of the reference's label maps, as in BidsSelector; empty: the only one, or that of the
  /// predictions' task (read_task_maps()) where the reference has several.
  std::string map = {};
  /// The voxel task whose maps are scored; empty: the one that was taught with the reference's map.
  std::string task = {};
  int threads = 1;  ///< cases scored at once
};

struct EvaluateCounts {
  int64_t scored = 0, failed = 0;        ///< cases by their label maps
  int64_t answered = 0, unanswered = 0;  ///< cases of subject tasks whose truth is known
};

/// Compares label maps with references on their native grids and writes cases.tsv, means.tsv and
/// summary.json, see write_scores(). Files are found as find_label_maps() says. A reference without a
/// prediction, an unreadable file and two maps on different grids fail alone: `n/a` in cases.tsv, the reason
/// in summary.json. Predictions without a reference and label maps that share no label are told. Of a dataset
/// only the cases that were predicted, or that a status.tsv beside the predictions says failed, are scored.
/// Where a case has several predicted maps (sub-01_seg-TASK, NAME_TASK), that of the task that was asked for,
/// else that was taught the reference's map counts, else the one of its selector; of the task's maps its own
/// structures are scored. Where the reference holds a label called `ignore` nothing counts. Refused: what
/// cannot be read, no reference at all, no case in common, a case without a person in `persons`. Answers to
/// subject tasks are scored too, see score_answers(): subjects.tsv, task_scores.tsv and `subject_tasks` in
/// summary.json. Where there are any, label maps may be absent.
EvaluateCounts evaluate(const EvaluateOptions& options, Log& log);

}  // namespace tazuna
