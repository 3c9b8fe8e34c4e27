// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "experiment/resolve.hpp"
#include "infer/cleanup_file.hpp"

namespace tazuna {

/// Dice of a structure in one held-out case, as predicted and with its largest component alone.
struct CleanedDice {
  size_t fold = 0;
  std::string person;
  double before = 0, after = 0;  ///< NaN: undefined, takes no part
};

/// Whether keeping the largest component helps: the mean Dice rises, and more persons improve than worsen (a
/// person's sessions together). Every fold is also decided from the other folds alone, and `dice_nested` is
/// the mean Dice when each fold is cleaned so: an honest figure, since no case takes part in its own
/// decision. nnU-Net (determine_postprocessing) decides from all folds alone, by the mean Dice alone, and
/// first tries the whole foreground as one structure.
LearntCleanup decide_cleanup(std::span<const CleanedDice> cases, size_t folds);

/// Decides for every structure of the voxel tasks from the label maps of the held-out cases in
/// folders[k]/validation, and writes OUT/cleanup.json, which `predict OUT` follows.
void learn_cleanup(const Experiment& experiment, const std::vector<std::filesystem::path>& folders,
                   const std::filesystem::path& out, Log& log);

}  // namespace tazuna
