// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "experiment/compare_plan.hpp"
#include "experiment/compare_rows.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// A region of the native grid on the working grid of a prepared case: [D, H, W] bool. `labels` int16 [D, H,
/// W] native, 0 outside.
Tensor region_on_working_grid(const Tensor& labels, const Placement& placement);
/// The image [C, D, H, W] with each channel's voxels of `region` [D, H, W] bool set to the channel's mean
/// over the shell around it (within two voxels). Unchanged where the region is empty or has no surround.
Tensor with_region_filled(const Tensor& image, const Tensor& region);

/// Refuses a comparison whose first arm lacks a task that draws or one that answers for the whole case.
void expect_region(const Arm& first);

/// Answers the subject tasks of every arm again for the held-out cases, with what the first arm draws there
/// filled in; kept in OUT/occlusion. Cases in which nothing was drawn are left out.
Ended answer_occluded(const ComparisonPlan& plan, Outcomes& occluded, Log& log, Interrupts& interrupts);

/// `arm seed fold case person task answer answer_occluded`, then `p_<class>` and `p_occluded_<class>` for the
/// classes of all tasks. `outcomes`: the answers with the region.
Table occlusion_table(const Outcomes& outcomes, const Outcomes& occluded,
                      const std::vector<AskedTask>& questions);

}  // namespace tazuna
