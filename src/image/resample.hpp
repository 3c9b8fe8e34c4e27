// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

enum class Interpolation { nearest, linear, cubic };

/// Resizes float32 [C, D, H, W] to `size`, voxel edges aligned, edge values repeated, as scikit-image's
/// resize(order, mode="edge", anti_aliasing=False) that nnU-Net uses (cubic = prefiltered cubic B-spline).
/// `through_axis` (0..2, or -1) is resampled by nearest neighbour after the other two (nnU-Net's rule for
/// anisotropic images). A size equal to the input's returns the input unchanged.
Tensor resized_image(const Tensor& image, const std::array<int64_t, 3>& size, Interpolation interpolation,
                     int through_axis = -1);

/// Resizes an integer label map [1, D, H, W]: per label the linearly resized indicator, a voxel takes the
/// last label whose indicator is >= 0.5 (nnU-Net's resize_segmentation with order 1; 0 where there is none).
Tensor resized_labels(const Tensor& labels, const std::array<int64_t, 3>& size, int through_axis = -1);

}  // namespace tazuna
