// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

/// An image [D, H, W] float32 divided by the smooth multiplicative field that N4 (Tustison et al. 2010) finds
/// in it: ITK's filter from a lattice of 4 control points an axis, at most 50 iterations a level, convergence
/// at 0.001, on every fourth voxel, as is usual; the field is then evaluated at every voxel. Each of up to
/// four levels halves the spans of the spline as long as they keep 25 mm (`spacing`: mm along D, H, W), so
/// that a small field of view keeps its anatomy. The field is sought among positive voxels: all of them where
/// at least a quarter of the image is exactly 0 (a background that was removed), else those above Otsu's
/// threshold (Otsu 1979). An image without two different positive values comes back as it is. Equal images
/// give equal bytes whatever the number of threads.
Tensor without_bias_field(const Tensor& image, const std::array<double, 3>& spacing);

}  // namespace tazuna
