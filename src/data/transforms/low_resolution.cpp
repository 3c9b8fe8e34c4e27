// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/low_resolution.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "data/transforms/affine.hpp"
#include "data/transforms/channel.hpp"
#include "image/axis_taps.hpp"
#include "kernels/resample_argmax.hpp"
#include "kernels/wide.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

/// A flat patch keeps the axis across it.
Size coarser(const Size& size, double scale) {
  const std::optional<int> flat = flat_axis(size);
  Size coarse = size;
  for (int axis = 0; axis < 3; ++axis) {
    if (axis == flat) continue;
    coarse[axis] = std::max<int64_t>(1, std::llrint(static_cast<double>(size[axis]) * scale));
  }
  return coarse;
}

/// The voxels of an axis that are left on a coarser one.
std::vector<int64_t> nearest_sources(int64_t length, int64_t coarse) {
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < coarse; ++i) sources.push_back(nearest_source(i, length, coarse));
  return sources;
}

/// The nearest voxels of `values` [D, H, W] on a coarser grid.
std::vector<float> nearest_voxels(std::span<const float> values, const Size& size, const Size& coarse) {
  std::array<std::vector<int64_t>, 3> sources;
  for (int axis = 0; axis < 3; ++axis) sources[axis] = nearest_sources(size[axis], coarse[axis]);
  std::vector<float> voxels;
  voxels.reserve(static_cast<size_t>(coarse[0] * coarse[1] * coarse[2]));
  for (const int64_t z : sources[0]) {
    for (const int64_t y : sources[1]) {
      const float* row = values.data() + (z * size[1] + y) * size[2];
      for (const int64_t x : sources[2]) voxels.push_back(row[x]);
    }
  }
  return voxels;
}

TAZUNA_WIDE void widen_row(const float* row, const int32_t* low, const int32_t* high, const float* share,
                           int64_t width, float* out) {
  for (int64_t x = 0; x < width; ++x) out[x] = row[low[x]] + share[x] * (row[high[x]] - row[low[x]]);
}

TAZUNA_WIDE void mix_rows(const float* low, const float* high, float share, int64_t width, float* out) {
  for (int64_t x = 0; x < width; ++x) out[x] = low[x] + share * (high[x] - low[x]);
}

/// Fills `out` [D, H, W] from coarser `voxels` by linear interpolation along x, then y, then z.
void interpolate(const std::vector<float>& voxels, const Size& coarse, const Size& size,
                 std::span<float> out) {
  std::array<LinearAxis, 3> axes;
  for (int axis = 0; axis < 3; ++axis) axes[axis] = linear_axis(coarse[axis], size[axis]);
  const LinearAxis &along_z = axes[0], &along_y = axes[1], &along_x = axes[2];
  const int64_t width = size[2], plane = size[1] * width;
  std::vector<float> rows(static_cast<size_t>(coarse[1] * width));
  std::array<std::vector<float>, 2> planes;  // the last two coarse ones, widened; z is in planes[z % 2]
  for (auto& one : planes) one.resize(static_cast<size_t>(plane));
  const auto widen_plane = [&](int64_t z) {
    for (int64_t y = 0; y < coarse[1]; ++y)
      widen_row(voxels.data() + (z * coarse[1] + y) * coarse[2], along_x.low.data(), along_x.high.data(),
                along_x.weight.data(), width, rows.data() + y * width);
    for (int64_t y = 0; y < size[1]; ++y)
      mix_rows(rows.data() + along_y.low[y] * width, rows.data() + along_y.high[y] * width, along_y.weight[y],
               width, planes[z % 2].data() + y * width);
  };
  int64_t widened = -1;
  for (int64_t z = 0; z < size[0]; ++z) {
    while (widened < along_z.high[z]) widen_plane(++widened);
    mix_rows(planes[along_z.low[z] % 2].data(), planes[along_z.high[z] % 2].data(), along_z.weight[z], plane,
             out.data() + z * plane);
  }
}

/// Voxels [D, H, W] on any device, interpolated linearly along one axis.
Tensor widened(const Tensor& voxels, int axis, int64_t length) {
  const LinearAxis taps = linear_axis(voxels.size(axis), length);
  const auto at_device = [&](const auto& numbers) { return at::tensor(numbers).to(voxels.device()); };
  const Tensor low = voxels.index_select(axis, at_device(taps.low));
  const Tensor high = voxels.index_select(axis, at_device(taps.high));
  Size shape{1, 1, 1};
  shape[axis] = length;
  return low + at_device(taps.weight).view(shape) * (high - low);
}

}  // namespace

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
  for (const auto& [channel, scale] : drawn.channels) {
    const Size coarse = coarser(size, scale);
    if (coarse == size) continue;
    const std::span<float> values = channel_of(sample, channel);
    interpolate(nearest_voxels(values, size, coarse), coarse, size, values);
  }
}

void apply_on_device(const LowResolutionOptions&, const LowResolutionDraw& drawn, Sample& sample) {
  const auto size = grid_size(sample);
  for (const auto& [channel, scale] : drawn.channels) {
    const Size coarse = coarser(size, scale);
    if (coarse == size) continue;
    Tensor values = sample.image.voxels[channel], changed = values;
    for (int axis = 0; axis < 3; ++axis) {
      const auto sources = nearest_sources(size[axis], coarse[axis]);
      changed = changed.index_select(axis, at::tensor(sources, at::kLong).to(values.device()));
    }
    for (int axis = 2; axis >= 0; --axis) changed = widened(changed, axis, size[axis]);
    values.copy_(changed);
  }
}

}  // namespace tazuna
