// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

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
  std::map<std::string, std::string> failed;  ///< by case: why it could not be scored
};

/// Writes FOLDER/cases.tsv (`case task structure`, then a column a metric; sorted) and FOLDER/summary.json in
/// nnU-Net's form: metric_per_case, mean per label, foreground_mean, with nnU-Net's names for what it knows
/// (Dice, IoU, TP, FP, FN, TN, n_pred, n_ref) and HD95, ASSD, NSD beside. Means are over finite values;
/// `counts` holds how many there were (n), and how many undefined and infinite ones were left out. JSON has
/// no NaN and no infinity: both are null there (nnU-Net writes a bare NaN), cases.tsv tells them apart. With
/// several tasks the keys are TASK.LABEL. `foreground_mean` is the mean over the labels' means.
void write_scores(const std::filesystem::path& folder, std::vector<CaseScore> rows,
                  const ScoreNotes& notes = {});

/// The rows of a cases.tsv, for pooling.
std::vector<CaseScore> read_scores(const std::filesystem::path& file);

}  // namespace tazuna
