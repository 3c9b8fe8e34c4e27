// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/tensor.hpp"
#include "image/placement.hpp"

namespace tazuna {

/// Boxes that divide a grid of `size` voxels of `spacing` mm without gap or overlap: at most `most` (at least
/// 1), as near to cubes as that allows, the last axis running fastest.
std::vector<Box> boxes_of(const std::array<int64_t, 3>& size, const std::array<double, 3>& spacing,
                          int64_t most);

/// The image [C, D, H, W] with each channel's voxels of `box` set to the channel's mean over the shell around
/// it (within two voxels), as with_region_filled() does for any region. Unchanged where there is no shell.
Tensor with_box_filled(const Tensor& image, const Box& box);

/// Whether a channel of `image` [C, D, H, W] has more than one value inside `box`.
bool has_contrast(const Tensor& image, const Box& box);

/// The voxels of the native grid, in its own axis order, that a box of the working grid stands for: edges are
/// rounded, so that neighbours stay neighbours, and at least one voxel is left an axis.
Box native_box(const Box& box, const Placement& placement);

}  // namespace tazuna
