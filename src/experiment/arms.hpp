// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/log.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

/// The arm that is trained on all tasks.
inline constexpr std::string_view joint_arm = "joint";
/// The linear models that stand beside the networks; their names are taken, too.
inline constexpr std::array<std::string_view, 5> control_names{"covariates", "intensity", "volumes",
                                                               "features", "connectivity"};

/// One network of a comparison: an experiment in its own right on the comparison's folds.
struct Arm {
  std::string name;       ///< joint, a task's name or a file's
  Experiment experiment;  ///< its seed is that of the first repetition
  std::string hash;       ///< first ten hex digits of the SHA-256 over its file and its data
  std::string note;       ///< what it is, for tables
  bool further = false;   ///< of a file of its own

  /// OUT/arms/NAME-HASH, with a folder seed_S/fold_K for each of its runs.
  std::filesystem::path folder(const std::filesystem::path& out) const;
  std::filesystem::path run(const std::filesystem::path& out, int64_t seed, size_t fold) const;
  /// The experiment of one repetition.
  Experiment with_seed(int64_t seed) const;
};

/// The file of a network that answers `task` alone: weighting fixed, weight 1; where the task is none of
/// voxels, it takes part from the first step.
ExperimentConfig alone(ExperimentConfig config, const std::string& task);

/// `joint` (if there are several tasks), each task alone, then one arm a file, named after it. `asked` is the
/// training as the comparison was asked for: under a budget the measured steps are no part of a hash. A
/// file's `auto` values are the comparison's where that makes sense (spacing, patch, batch, steps; the
/// network's if the file leaves all of it open). Parts of `train.freeze` that an arm's network lacks are left
/// out of it, and its note says so. Refused, by name: a file with another cohort, split or number of steps,
/// with a task that the comparison does not have or that asks for something else, two arms of one name, and
/// a part to freeze that no arm's network has.
std::vector<Arm> make_arms(const Experiment& all, const TrainOptions& asked,
                           const std::vector<std::filesystem::path>& files, at::Device device, Log& log);

}  // namespace tazuna
