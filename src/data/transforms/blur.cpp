// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/blur.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "data/transforms/channel.hpp"

namespace tazuna {
namespace {

/// The weight of the centre and of the voxels 1, 2, ... beside it.
std::vector<float> half_kernel(double sd) {
  std::vector<double> exact(static_cast<size_t>(std::floor(3 * sd + 0.25)) + 1);
  double sum = -1;
  for (size_t k = 0; k < exact.size(); ++k) {
    exact[k] = std::exp(-0.5 * std::pow(static_cast<double>(k) / sd, 2));
    sum += 2 * exact[k];
  }
  std::vector<float> weights;
  for (const double weight : exact) weights.push_back(static_cast<float>(weight / sum));
  return weights;
}

/// Where voxel `i` of the axis continued by reflection about its end voxels lies.
int64_t reflected(int64_t i, int64_t length) {
  if (length == 1) return 0;
  const int64_t period = 2 * (length - 1);
  const int64_t place = (i % period + period) % period;
  return std::min(place, period - place);
}

/// Smooths the middle axis of [outer, length, inner]. A block of [length, inner] lies in one piece, so that
/// a neighbour along the axis is always `inner` values away and every loop runs over consecutive values.
void smooth_middle(std::span<float> values, int64_t length, int64_t inner,
                   const std::vector<float>& weights) {
  const auto reach = static_cast<int64_t>(weights.size()) - 1;
  const int64_t size = length * inner;
  std::vector<float> padded(static_cast<size_t>((length + 2 * reach) * inner));
  const auto row = [&](int64_t i) { return padded.data() + (i + reach) * inner; };
  for (float* block = values.data(); block != values.data() + values.size(); block += size) {
    std::copy_n(block, size, row(0));
    for (int64_t k = 1; k <= reach; ++k) {
      std::copy_n(block + reflected(-k, length) * inner, inner, row(-k));
      std::copy_n(block + reflected(length - 1 + k, length) * inner, inner, row(length - 1 + k));
    }
    for (int64_t i = 0; i < size; ++i) block[i] *= weights[0];
    for (int64_t k = 1; k <= reach; ++k) {
      const float weight = weights[k];
      const float *below = row(-k), *above = row(k);
      for (int64_t i = 0; i < size; ++i) block[i] += weight * (below[i] + above[i]);
    }
  }
}

}  // namespace

void describe(Fields& fields, BlurOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often a patch is smoothed");
  fields.number("channel_probability", options.channel_probability, {0, 1},
                "how often each channel is, when a patch is");
  fields.number("least", options.least, {0.01, 20}, "smallest standard deviation in voxels");
  fields.number("most", options.most, {0.01, 20}, "greatest standard deviation in voxels");
}

BlurDraw draw(const BlurOptions& options, Random& random, const Sample& sample) {
  BlurDraw drawn;
  if (!random.chance(options.probability)) return drawn;
  for (const int64_t c : draw_channels(options.channel_probability, random, sample)) {
    drawn.channels.push_back({c});
    for (double& sd : drawn.channels.back().sd) sd = random.uniform(options.least, options.most);
  }
  return drawn;
}

void apply(const BlurOptions&, const BlurDraw& drawn, Sample& sample) {
  const auto size = grid_size(sample);
  for (const auto& [channel, sd] : drawn.channels) {
    const auto values = channel_of(sample, channel);
    int64_t inner = size[1] * size[2];
    for (int axis = 0; axis < 3; ++axis) {
      smooth_middle(values, size[axis], inner, half_kernel(sd[axis]));
      if (axis < 2) inner /= size[axis + 1];
    }
  }
}

}  // namespace tazuna
