// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/resolve.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// Columns of the cohort that the experiment uses: targets, covariates, those of the split; those that exist,
/// once each.
std::vector<std::string> columns_used(const ExperimentConfig& config, const Cohort& cohort);

/// `fold part cases persons`, then a column for each of columns_used(): "II 20, III 30, 2 unknown" for at
/// most ten values, "mean 45.2, sd 12.1, 18 to 71" for numbers. Parts: train, held_out of each fold; all;
/// held_aside.
Table flow_table(const Experiment& experiment, const std::vector<size_t>& folds);

}  // namespace tazuna
