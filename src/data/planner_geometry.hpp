// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/auto.hpp"
#include "data/fingerprint.hpp"
#include "data/planner_topology.hpp"

namespace tazuna {

/// The working grid of a cohort; arrays in working axis order.
struct PlannedGeometry {
  std::array<double, 3> spacing{1, 1, 1};  ///< mm
  std::array<size_t, 3> arrange{0, 1, 2};  ///< canonical axis behind each working axis
  std::array<double, 3> median{1, 1, 1};  ///< voxels at that spacing after the crop; halves for an even count
};

/// nnU-Net's target spacing (per-axis median; of one axis > 3x coarser and shorter than the others the 10th
/// percentile) unless `spacing` (canonical z, y, x) is given, and its axis order: an axis of one voxel first,
/// else the coarsest. Adds a sentence for each decision.
PlannedGeometry plan_geometry(const Fingerprint& fingerprint, const Auto<std::vector<double>>& spacing,
                              std::vector<std::string>& reasons);

/// Where nnU-Net's search for a patch begins: 256^3 voxels (2048^2 in 2D) in the shape of isotropic
/// millimetres, at most the median size; 1 along axes not named.
std::array<double, 3> largest_patch(const PlannedGeometry& geometry, const Axes& axes);

}  // namespace tazuna
