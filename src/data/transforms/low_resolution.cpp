// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/low_resolution.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "data/transforms/affine.hpp"
#include "data/transforms/channel.hpp"
#include "image/resample.hpp"

namespace tazuna {

void describe(Fields& fields, LowResolutionOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often a patch is made coarser");
  fields.number("channel_probability", options.channel_probability, {0, 1},
                "how often each channel is, when a patch is");
  fields.number("least", options.least, {0.05, 1}, "smallest share of the voxels along an axis that is left");
  fields.number("most", options.most, {0.05, 1}, "greatest share");
}

LowResolutionDraw draw(const LowResolutionOptions& options, Random& random, const Sample& sample) {
  LowResolutionDraw drawn;
  if (!random.chance(options.probability)) return drawn;
  for (const int64_t c : draw_channels(options.channel_probability, random, sample))
    drawn.channels.push_back({c, random.uniform(options.least, options.most)});
  return drawn;
}

void apply(const LowResolutionOptions&, const LowResolutionDraw& drawn, Sample& sample) {
  const auto size = grid_size(sample);
  const std::optional<int> flat = flat_axis(size);
  for (const auto& [channel, scale] : drawn.channels) {
    auto coarse = size;
    for (int axis = 0; axis < 3; ++axis) {
      if (axis == flat) continue;
      coarse[axis] = std::max<int64_t>(1, std::llrint(static_cast<double>(size[axis]) * scale));
    }
    Tensor image = sample.image.voxels.narrow(0, channel, 1);
    image.copy_(
        resized_image(resized_image(image, coarse, Interpolation::nearest), size, Interpolation::linear));
  }
}

}  // namespace tazuna
