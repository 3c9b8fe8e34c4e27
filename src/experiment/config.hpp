// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/problems.hpp"
#include "data/cohorts/catalog.hpp"
#include "data/inputs/catalog.hpp"
#include "data/sampler.hpp"
#include "data/split.hpp"
#include "networks/catalog.hpp"
#include "tasks/catalog.hpp"
#include "train/options.hpp"

namespace tazuna {

/// Which subjects, and how they are divided.
struct DataOptions {
  CohortOptions cohort;
  SplitOptions split;
  std::filesystem::path cache;  ///< prepared cases; empty: OUT/cache
};
void describe(Fields& fields, DataOptions& options);

/// One YAML file: which subjects, which input, which network, which tasks, how it is trained.
struct ExperimentConfig {
  DataOptions data;
  InputOptions input;
  AugmentOptions augment;
  TrunkOptions network;
  std::vector<TaskOptions> tasks;
  TrainOptions train;
};
void describe(Fields& fields, ExperimentConfig& config);
/// Checks across fields; `where` is a key path.
void validate(const ExperimentConfig& config, Problems& problems);

}  // namespace tazuna
