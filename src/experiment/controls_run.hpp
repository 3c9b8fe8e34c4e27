// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/compare_plan.hpp"
#include "experiment/compare_rows.hpp"

namespace tazuna {

/// A linear model beside the networks.
struct ControlArm {
  std::string name, note;
  std::vector<std::string> tasks = {};  ///< that it answers
  int64_t seeds = 1;
};

/// Fits the controls of every subject task in every fold and adds their answers to `outcomes`, those of
/// people held aside to `aside`: `covariates` (columns), `intensity` (mean and sd of the raw images),
/// `volumes` (sizes of the structures as the voxel tasks' own arms draw them), `features` (frozen pooled
/// encoder features of the first voxel task's arm; classes by linear discriminant analysis) and, with an
/// atlas, `connectivity`. What is measured of people is kept in OUT/controls. A control that cannot be
/// measured or fitted is left out with a sentence in `limits`.
Ended run_controls(const ComparisonPlan& plan, Outcomes& outcomes, Outcomes& aside,
                   std::vector<ControlArm>& controls, std::vector<std::string>& limits, Log& log,
                   Interrupts& interrupts);

}  // namespace tazuna
