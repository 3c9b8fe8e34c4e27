// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

/// How a U-Net pools a patch: nnU-Net's get_pool_and_conv_props. All arrays in working axis order.
struct Topology {
  std::vector<Triple> strides;  ///< a stage, first (1, 1, 1)
  Triple divisor{1, 1, 1};      ///< product of the strides: what a patch must be a multiple of
  Triple patch{1, 1, 1};        ///< the asked size rounded up to a multiple of the divisor
};

/// Axes a network works along: those where a patch has more than one voxel. A 2D network leaves out axis 0.
using Axes = std::vector<size_t>;

/// Halves the axes of `size` (voxels, may be fractional) while an edge keeps 4 voxels and an axis is within a
/// factor 2 of the finest one that can still be halved; a single remaining axis needs 12 voxels. At most
/// `most_stages` stages; axes not named stay as they are.
Topology plan_topology(const std::array<double, 3>& spacing, const std::array<double, 3>& size,
                       const Axes& axes, int64_t most_stages);

/// The same for strides that are given.
Topology topology_of(const std::vector<Triple>& strides, const std::array<double, 3>& size);

/// Kernels a stage: 1 along an axis until its spacing is within a factor 2 of the finest, then 3 for good; 3
/// in the last stage; always 1 along axes not named.
std::vector<Triple> plan_kernels(const std::array<double, 3>& spacing, const std::vector<Triple>& strides,
                                 const Axes& axes);

}  // namespace tazuna
