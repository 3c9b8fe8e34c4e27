// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/log.hpp"
#include "data/case_print.hpp"

namespace tazuna {

/// What an image becomes on the working grid.
struct GridRequest {
  std::array<double, 3> spacing{1, 1, 1};  ///< mm, canonical z, y, x
  double bytes_a_voxel = 4;                ///< of all that is held of a voxel at once
  std::optional<double> free = {};         ///< bytes; none: unknown
};

/// Looks for cases whose crop would have more than ten times the voxels of the median case on the working
/// grid (where an axis of one voxel stays as it is), as a wrong voxel size makes of them: the first three are
/// a warning each with their voxel sizes. Refuses those whose grid alone does not fit the free memory.
void expect_usual_grids(const std::vector<CasePrint>& cases, const GridRequest& request, Log& log);

}  // namespace tazuna
