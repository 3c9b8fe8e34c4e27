// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/tensor.hpp"
#include "image/geometry.hpp"
#include "phantom/head.hpp"

namespace tazuna {

/// How many of the 4x4x4 points of a voxel lie in what.
inline constexpr int parts_per_axis = 4, parts_per_voxel = 64;

/// A head on a grid, with partial volumes.
struct Painted {
  Geometry geometry;
  Tensor tissues;     ///< [tissue_count, D, H, W] uint8: parts of 64 in each tissue; they sum to 64
  Tensor structures;  ///< [S, D, H, W] uint8: parts of 64 in each of the S structures asked for
};

/// Voxels that a surface crosses are sampled at 4x4x4 points (the warp linear within a voxel), all others
/// once.
Painted paint(const Head& head, const Geometry& geometry, std::span<const Structure> structures);

/// [D, H, W] uint8: label s + 1 where structure s fills at least half of a voxel (the first of two that do),
/// else 0.
Tensor label_map(const Painted& painted);
/// [D, H, W] uint8: 1 where lesion, core included, fills at least half of a voxel.
Tensor lesion_mask(const Painted& painted);

}  // namespace tazuna
