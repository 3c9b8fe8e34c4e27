// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// The columns of structure_scores(), in order: dice, iou, hd95_mm, assd_mm, nsd, volume_error_mm3,
/// predicted_mm3, reference_mm3.
const std::vector<std::string>& structure_metrics();

/// All scores of label `label` in two label maps [D, H, W] of one integer type, in the order of
/// structure_metrics(). `spacing` in mm along z, y, x. Undefined values are NaN, see overlap.hpp and
/// surface.hpp.
std::vector<std::pair<std::string, double>> structure_scores(const Tensor& predicted, const Tensor& reference,
                                                             int64_t label,
                                                             const std::array<double, 3>& spacing,
                                                             double tolerance_mm);

}  // namespace tazuna
