// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/compare_pairs.hpp"
#include "experiment/compare_plan.hpp"
#include "experiment/controls_run.hpp"

namespace tazuna {

/// The first arm against each task alone; each further file's arm against the first; the first against each
/// control; on the tasks that both answer.
std::vector<ArmPair> arm_pairs(const std::vector<Arm>& arms, const std::vector<ControlArm>& controls);

/// `arm kind tasks seeds folds steps parameters gflop_per_step minutes folder note`: minutes of training
/// (validation not counted) summed over folds, mean over seeds. Reads the finished runs.
Table arm_table(const ComparisonPlan& plan, const std::vector<ControlArm>& controls);

/// Minutes of training that a run's timing.csv counts, without validation.
double training_minutes(const std::filesystem::path& run);

/// Writes all tables of a comparison and comparison.json into OUT; those of people held aside (`aside`,
/// answered by every fold's network) into OUT/held_aside, if there are any. `limits`: what is to be said
/// beside what comparison_limits() and intensity_limits() say.
void write_comparison(const ComparisonPlan& plan, const Outcomes& outcomes, const Outcomes& aside,
                      const std::vector<ControlArm>& controls, const std::vector<std::string>& limits,
                      Log& log);

}  // namespace tazuna
