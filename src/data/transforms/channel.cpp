// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/channel.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "data/transforms/affine.hpp"

namespace tazuna {
namespace {

constexpr double smallest_sd = 1e-7;  // that values are divided by

}  // namespace

std::array<int64_t, 3> grid_size(const Sample& sample) {
  const auto sizes = sample.image.voxels.sizes();
  return {sizes[1], sizes[2], sizes[3]};
}

std::span<float> channel_of(Sample& sample, int64_t channel) {
  Tensor& image = sample.image.voxels;
  const int64_t voxels = image.numel() / image.size(0);
  return {image.mutable_data_ptr<float>() + channel * voxels, static_cast<size_t>(voxels)};
}

std::vector<int64_t> draw_channels(double probability, Random& random, const Sample& sample) {
  std::vector<int64_t> channels;
  for (int64_t c = 0; c < sample.image.voxels.size(0); ++c) {
    if (random.chance(probability)) channels.push_back(c);
  }
  return channels;
}

int draw_line_axis(Random& random, const Sample& sample) {
  const std::optional<int> flat = flat_axis(grid_size(sample));
  if (!flat) return static_cast<int>(random.below(3));
  return (*flat + 1 + static_cast<int>(random.below(2))) % 3;
}

void restore_moments(std::span<float> values, const Moments& before) {
  restore_moments(values, before, moments_of(values));
}

void restore_moments(std::span<float> values, const Moments& before, const Moments& after, float sign) {
  const auto count = static_cast<int64_t>(values.size());
  const auto scale =
      static_cast<float>(before.sample_sd(count) / std::max(after.sample_sd(count), smallest_sd));
  const auto from = static_cast<float>(after.mean), to = static_cast<float>(before.mean);
  for (float& value : values) value = sign * ((value - from) * scale + to);
}

DeviceMoments device_moments_of(const Tensor& values) {
  const Tensor exact = values.to(at::kDouble), mean = exact.mean();
  return {mean, values.numel() < 2 ? at::zeros_like(mean) : exact.std(/*unbiased=*/true)};
}

void restore_moments(Tensor values, const DeviceMoments& before) {
  const DeviceMoments after = device_moments_of(values);
  const Tensor scale = before.sample_sd / after.sample_sd.clamp_min(smallest_sd);
  values.sub_(after.mean.to(at::kFloat)).mul_(scale.to(at::kFloat)).add_(before.mean.to(at::kFloat));
}

}  // namespace tazuna
