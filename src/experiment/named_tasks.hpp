// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/problems.hpp"
#include "data/subject.hpp"
#include "experiment/config.hpp"

namespace tazuna {

/// A task that names no labels takes the cohort's own names, so that the resolved file says them; the label
/// that nnU-Net calls `ignore` is no structure. Names that the cohort gives to other labels, and labels that
/// it does not name, go to `problems`.
void name_labels(ExperimentConfig& config, const Cohort& cohort, Problems& problems);

/// The tasks, with the names that the cohort decides (name_labels() has been called). `config` keeps those
/// that can be made. A column of no case is a slip of the pen; it goes to `problems`, as does whatever keeps
/// a task from being made.
std::vector<std::shared_ptr<Task>> tasks_of(ExperimentConfig& config, const Cohort& cohort,
                                            Problems& problems);

/// The columns that tasks read as numbers, if numbers stand in them: targets of regressions, and covariates.
std::set<std::string> number_columns(const std::vector<TaskOptions>& tasks);

}  // namespace tazuna
