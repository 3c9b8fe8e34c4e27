// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/resolve.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// Columns of the cohort that tell who is in a part: targets, covariates, those of the split, then those that
/// are called age, sex, gender, site, group, diagnosis or scanner, however spelled; those that exist, once
/// each.
std::vector<std::string> flow_columns(const ExperimentConfig& config, const Cohort& cohort);

/// `fold part cases persons`, then a column for each of flow_columns(): "II 20, III 30, 2 unknown" for at
/// most ten values, "mean 45.2, sd 12.1, 18 to 71" for numbers. Parts: train, held_out of each fold; all;
/// held_aside.
Table flow_table(const Experiment& experiment, const std::vector<size_t>& folds);

}  // namespace tazuna
