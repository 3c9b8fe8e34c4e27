// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/mirror.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, MirrorOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often each axis is flipped");
  fields.values(
      "axes", options.axes, {0, 2},
      "axes of the image that may be flipped: 0 = z (inferior-superior), 1 = y (posterior-anterior), 2 = x "
      "(left-right), however the planner orders them");
}

MirrorDraw draw(const MirrorOptions& options, Random& random, const Sample&) {
  MirrorDraw drawn;
  for (const int64_t axis : options.axes) {
    if (axis < 0 || axis > 2)
      throw refused(cat("mirror.axes: there is no axis ", axis, "; use 0 (z), 1 (y), 2 (x)"));
    drawn.flip[axis] = random.chance(options.probability);
  }
  return drawn;
}

void apply(const MirrorOptions&, const MirrorDraw& drawn, Sample& sample) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < 3; ++axis) {
    if (drawn.flip[axis]) axes.push_back(axis + 1);
  }
  if (axes.empty()) return;
  sample.image.voxels = sample.image.voxels.flip(axes);
  for (auto& [selector, map] : sample.maps) map.voxels = map.voxels.flip(axes);
}

}  // namespace tazuna
