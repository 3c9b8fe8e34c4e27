// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

enum class Interpolation { nearest, linear, cubic };

/// Resizes float32 [C, D, H, W] to `size`, voxel edges aligned, edge values repeated, as scikit-image's
/// resize(order, mode="edge", anti_aliasing=False, clip=True) that nnU-Net uses (cubic = B-spline with
/// prefilter, clipped to the range of each channel). `through_axis` (0..2, or -1) is resampled by nearest
/// neighbour after the other two, and clipping is then by slice (nnU-Net's rule for anisotropic images). A
/// size equal to the input's returns the input unchanged.
Tensor resized_image(const Tensor& image, const std::array<int64_t, 3>& size, Interpolation interpolation,
                     int through_axis = -1);

/// Resizes an integer label map [1, D, H, W]: a voxel takes the label whose linearly resized indicator is
/// largest; of equals the one of the nearest voxel if it is among them, else the smallest
/// (resize_segmentation of batchgenerators 0.25.5, order 1, as in nnU-Net 2.8). Along `through_axis` the
/// nearest slice is taken.
Tensor resized_labels(const Tensor& labels, const std::array<int64_t, 3>& size, int through_axis = -1);

/// The same, but labels keep their volume: the largest of linear shares shrinks what is small and round (a
/// habenula of a hundred voxels loses a tenth of itself between grids that differ by 3 %). A label other than
/// 0 that lost more than 1 % of its volume is given the voxels where its share is largest of those that are
/// not its own, until its volume is as near to what it was as voxels of equal shares let it be; smaller
/// labels come first and give none of theirs to larger ones. Every label's numbers fit in 32 bits.
Tensor resized_labels_keeping_volume(const Tensor& labels, const std::array<int64_t, 3>& size,
                                     int through_axis = -1);

}  // namespace tazuna
