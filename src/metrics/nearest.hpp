// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tazuna {

/// Some voxels of a small grid, as a grid of flags and as a list.
struct VoxelSet {
  std::array<int64_t, 3> size{0, 0, 0};        ///< z, y, x
  std::vector<uint8_t> flags;                  ///< [D, H, W], 1 where the voxel belongs to the set
  std::vector<std::array<int32_t, 3>> voxels;  ///< z, y, x of each, in the order of the flags
};

/// Distance in mm from the centre of each voxel of `from` to the nearest centre of `to`, in the order of
/// `from.voxels`; infinite if `to` is empty. Both lie on one grid of `spacing` mm along z, y, x. Exact: each
/// voxel asks the rows around it, the nearest first, until the next cannot be nearer. Those that find nothing
/// near go axis by axis with lower envelopes of parabolas (Felzenszwalb and Huttenlocher, 2012), the last
/// axis by a search outwards.
std::vector<float> nearest_distances(const VoxelSet& from, const VoxelSet& to,
                                     const std::array<double, 3>& spacing);

}  // namespace tazuna
