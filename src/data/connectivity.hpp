// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// Regions of an atlas: a label map on the grid of the series.
struct Atlas {
  Tensor labels;                 ///< int16 [D, H, W]; 0 belongs to no region
  std::vector<int64_t> regions;  ///< labels that occur, ascending
};

/// Mean signal of each region of `atlas`: [R, T] float32 from a 4D image. `regions` receives the atlas; where
/// it names regions already, of the case before, each of them must have voxels in this one. Refuses an atlas
/// on another grid (both are named), without regions or with labels beyond 0 to 32767, an image of fewer than
/// three frames, and voxels of a region that are not finite.
Tensor region_signals(const std::filesystem::path& image, const std::filesystem::path& atlas, Atlas& regions);

/// Pearson correlation of every pair of regions' signals [R, T], Fisher z (correlations cut to +-0.9999): the
/// upper triangle without the diagonal, R (R - 1) / 2 numbers row by row. A constant signal correlates 0.
std::vector<double> connectivity(const Tensor& signals);

}  // namespace tazuna
