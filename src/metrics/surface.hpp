// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "core/tensor.hpp"

namespace tazuna {

/// Distances between the surfaces of two masks, MONAI's conventions: border voxels = mask minus its erosion
/// with the 6-neighbourhood (outside the image counts as background), distances between voxel centres in mm.
/// An axis of length one has no neighbours, so that a slice is scored as MONAI scores a 2D image.
struct SurfaceScores {
  double hd95_mm =
      0;  ///< maximum of the two one-sided 95th percentiles (linear interpolation, NumPy's default)
  double assd_mm = 0;  ///< average symmetric surface distance: all distances of both sides pooled (MONAI)
  double nsd = 0;      ///< normalised surface Dice at the tolerance: share of border voxels within it
};
/// `spacing` in mm along z, y, x; `tolerance_mm` of NSD. One mask empty: distances inf, nsd 0; both: all NaN.
SurfaceScores surface_scores(const Tensor& predicted, const Tensor& reference, int64_t label,
                             const std::array<double, 3>& spacing, double tolerance_mm = 1.0);

}  // namespace tazuna
