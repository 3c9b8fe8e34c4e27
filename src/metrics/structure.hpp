// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "image/geometry.hpp"

namespace tazuna {

/// All scores of label `label` in two label maps [D, H, W] of one integer type that lie on `grid`, always in
/// this order: dice, iou, hd95_mm, assd_mm, nsd (within `tolerance_mm`), volume_error_mm3 (predicted minus
/// reference), volume_error_percent (of the reference), predicted_mm3, reference_mm3, and numbers of voxels
/// tp, fp, fn, tn; with `lesions` then lesion_precision, lesion_recall, lesion_f1 and the counts
/// lesions_reference, lesions_predicted, lesions_found, lesions_missed, lesions_false. Undefined values are
/// NaN, see overlap.hpp, surface.hpp and lesions.hpp; the percentage is undefined where both structures are
/// empty and infinite where the reference alone is. Volumes are those of volume.hpp.
std::vector<std::pair<std::string, double>> structure_scores(const Tensor& predicted, const Tensor& reference,
                                                             int64_t label, const Geometry& grid,
                                                             double tolerance_mm, bool lesions = false);

}  // namespace tazuna
