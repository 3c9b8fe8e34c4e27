// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/blur.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "data/transforms/channel.hpp"
#include "kernels/wide.hpp"

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

/// Smooths `count` consecutive values; neighbours along the axis are `step` values apart.
TAZUNA_WIDE void smooth(const float* __restrict__ from, float* __restrict__ to, int64_t count, int64_t step,
                        const std::vector<float>& weights) {
  const float centre = weights[0];
  for (int64_t i = 0; i < count; ++i) to[i] = from[i] * centre;
  for (int64_t k = 1; k < std::ssize(weights); ++k) {
    const float weight = weights[k];
    const float *below = from - k * step, *above = from + k * step;
    for (int64_t i = 0; i < count; ++i) to[i] += weight * (below[i] + above[i]);
  }
}

/// The places of the voxels of an axis continued by `reach` beyond both ends.
std::vector<int64_t> continued(int64_t length, int64_t reach) {
  std::vector<int64_t> source(length + 2 * reach);
  for (int64_t i = 0; i < std::ssize(source); ++i) source[i] = reflected(i - reach, length);
  return source;
}

/// Values [D, H, W] smoothed along one axis.
Tensor smoothed(const Tensor& values, int64_t axis, const std::vector<float>& weights) {
  const auto reach = static_cast<int64_t>(weights.size()) - 1;
  const int64_t length = values.size(axis);
  const Tensor source = at::tensor(continued(length, reach), at::kLong).to(values.device());
  const Tensor padded = values.index_select(axis, source);
  Tensor sum = padded.narrow(axis, reach, length) * weights[0];
  for (int64_t k = 1; k <= reach; ++k)
    sum.add_(padded.narrow(axis, reach - k, length) + padded.narrow(axis, reach + k, length), weights[k]);
  return sum;
}

/// Smooths the middle axis of [outer, length, inner], some columns at a time: they and their continuation
/// beyond both ends then lie in the first-level cache while they are added up.
void smooth_middle(std::span<float> values, int64_t length, int64_t inner,
                   const std::vector<float>& weights) {
  constexpr int64_t columns_at_once = 64;
  const auto reach = static_cast<int64_t>(weights.size()) - 1;
  const int64_t columns = std::min(inner, columns_at_once);
  std::vector<float> padded((length + 2 * reach) * columns), smoothed(length * columns);
  std::vector<int64_t> source = continued(length, reach);
  for (int64_t& place : source) place *= inner;
  for (float* block = values.data(); block != values.data() + values.size(); block += length * inner) {
    for (int64_t column = 0; column < inner; column += columns) {
      const int64_t width = std::min(columns, inner - column);
      const auto copy_rows = [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          std::copy_n(block + source[i] + column, width, padded.data() + i * width);
      };
      copy_rows(0, reach);
      if (width == inner) {
        std::copy_n(block, length * inner, padded.data() + reach * width);
      } else {
        copy_rows(reach, reach + length);
      }
      copy_rows(reach + length, length + 2 * reach);
      smooth(padded.data() + reach * width, width == inner ? block : smoothed.data(), length * width, width,
             weights);
      if (width == inner) continue;
      for (int64_t i = 0; i < length; ++i)
        std::copy_n(smoothed.data() + i * width, width, block + i * inner + column);
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

void apply_on_device(const BlurOptions&, const BlurDraw& drawn, Sample& sample) {
  for (const auto& [channel, sd] : drawn.channels) {
    Tensor values = sample.image.voxels[channel], smooth = values;
    for (int axis = 0; axis < 3; ++axis) smooth = smoothed(smooth, axis, half_kernel(sd[axis]));
    values.copy_(smooth);
  }
}

}  // namespace tazuna
