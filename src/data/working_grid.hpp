// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "data/preparation.hpp"

namespace tazuna {

/// Where a case lies natively, on its cropped grid and on its working grid.
struct WorkingGrid {
  Placement placement;
  Geometry cropped;
  int apart = -1;  ///< axis_resampled_apart
};

/// The working grid of a case: canonical axes as the preparation arranges them, cropped to the nonzero voxels
/// of `image` [C, D, H, W] (native; any channel counts), at the working spacing. Where the preparation takes
/// a slice, the crop holds that plane alone, and the axis across it keeps its spacing.
WorkingGrid working_grid(const Subject& subject, const Volume& image, const NativeHeader& header,
                         const Preparation& preparation);

/// A label map of the case, which must lie on the grid of `sequence`, on the working grid: int16 [1, D, H,
/// W]; `keep_volumes`: of its labels, where it is resampled.
Volume working_map(const Subject& subject, const std::string& selector, const std::string& sequence,
                   const WorkingGrid& grid, bool keep_volumes);

}  // namespace tazuna
