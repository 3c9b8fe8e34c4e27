// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// Connected components of a mask.
struct Components {
  Tensor labels;  ///< [D, H, W] int32: 0 outside the mask, else 1..count, the largest component first
  std::vector<int64_t> voxels;  ///< of component 1, 2, ...; equal sizes in the order of their first voxel
};

/// Which neighbours touch: faces alone, or edges and corners too.
enum class Neighbours { faces = 6, all = 26 };

/// Components of the nonzero voxels of `mask` [D, H, W] (bool or an integer type, on the CPU), found by
/// joining the runs of neighbouring rows.
Components connected_components(const Tensor& mask, Neighbours neighbours);

}  // namespace tazuna
