// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tazuna {

/// What cross-validation found about keeping only the largest component of a structure. Dice values are means
/// over held-out cases, each predicted by the network that never saw it; NaN without any.
struct LearntCleanup {
  std::string task, structure;
  int64_t label = 0;
  bool keep_largest = false;           ///< the decision, from all folds: what `predict` does
  int64_t cases = 0, persons = 0;      ///< with a defined Dice
  int64_t improved = 0, worsened = 0;  ///< persons
  double dice_before = 0, dice_after = 0;
  double dice_nested = 0;        ///< each fold cleaned as the other folds decide
  std::vector<bool> folds = {};  ///< what the others decide for fold 0, 1, …
};

/// RUN/cleanup.json.
void write_cleanup(const std::filesystem::path& run, const std::vector<LearntCleanup>& structures);
/// Its structures; none if the run has no such file. Refuses one that cannot be read.
std::vector<LearntCleanup> read_cleanup(const std::filesystem::path& run);

}  // namespace tazuna
