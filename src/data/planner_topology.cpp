// SPDX-License-Identifier: Apache-2.0
#include "data/planner_topology.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tazuna {
namespace {

constexpr double least_edge = 4;  // of a feature map at the bottleneck

double finest(const std::array<double, 3>& spacing, const Axes& axes) {
  double least = std::numeric_limits<double>::infinity();
  for (size_t axis : axes) least = std::min(least, spacing[axis]);
  return least;
}

/// The axes to halve next; empty when there are none left.
Axes axes_to_halve(const std::array<double, 3>& spacing, const std::array<double, 3>& size,
                   const Axes& axes) {
  Axes long_enough;
  for (size_t axis : axes)
    if (size[axis] >= 2 * least_edge) long_enough.push_back(axis);
  Axes chosen;
  for (size_t axis : long_enough)
    if (spacing[axis] / finest(spacing, long_enough) < 2) chosen.push_back(axis);
  if (chosen.size() == 1 && size[chosen.front()] < 3 * least_edge) chosen.clear();
  return chosen;
}

}  // namespace

Topology plan_topology(const std::array<double, 3>& spacing, const std::array<double, 3>& size,
                       const Axes& axes, int64_t most_stages) {
  std::array<double, 3> at_spacing = spacing, at_size = size;
  std::vector<Triple> strides{{1, 1, 1}};
  while (static_cast<int64_t>(strides.size()) < most_stages) {
    const Axes halved = axes_to_halve(at_spacing, at_size, axes);
    if (halved.empty()) break;
    Triple stride{1, 1, 1};
    for (size_t axis : halved) {
      stride[axis] = 2;
      at_spacing[axis] *= 2;
      at_size[axis] = std::ceil(at_size[axis] / 2);
    }
    strides.push_back(stride);
  }
  return topology_of(strides, size);
}

Topology topology_of(const std::vector<Triple>& strides, const std::array<double, 3>& size) {
  Topology topology;
  topology.strides = strides;
  for (size_t axis = 0; axis < 3; ++axis) {
    for (const Triple& stride : strides) topology.divisor[axis] *= stride[axis];
    const auto divisor = static_cast<double>(topology.divisor[axis]);
    topology.patch[axis] = static_cast<int64_t>(std::ceil(size[axis] / divisor) * divisor);
  }
  return topology;
}

std::vector<Triple> plan_kernels(const std::array<double, 3>& spacing, const std::vector<Triple>& strides,
                                 const Axes& axes) {
  std::array<double, 3> at_spacing = spacing;
  Triple kernel{1, 1, 1};
  std::vector<Triple> kernels;
  for (size_t stage = 0; stage < strides.size(); ++stage) {
    for (size_t axis = 0; axis < 3; ++axis) at_spacing[axis] *= static_cast<double>(strides[stage][axis]);
    const bool last = stage + 1 == strides.size();
    for (size_t axis : axes)
      if (last || at_spacing[axis] / finest(at_spacing, axes) < 2) kernel[axis] = 3;
    kernels.push_back(kernel);
  }
  return kernels;
}

}  // namespace tazuna
