// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/spike.hpp"

#include <cmath>
#include <numbers>

#include "data/transforms/channel.hpp"

namespace tazuna {
namespace {

constexpr double full_turn = 2 * std::numbers::pi;

/// Any point of k-space but its centre.
std::array<int64_t, 3> draw_point(const std::array<int64_t, 3>& size, Random& random) {
  std::array<int64_t, 3> point{};
  const int64_t points = size[0] * size[1] * size[2];
  if (points == 1) return point;
  int64_t place = 1 + random.below(points - 1);
  for (int axis = 2; axis >= 0; --axis) {
    point[axis] = place % size[axis];
    place /= size[axis];
  }
  return point;
}

/// Adds height cos(2 pi sum point[a] index[a] / size[a] + phase).
void add_wave(std::span<float> values, const std::array<int64_t, 3>& size,
              const std::array<int64_t, 3>& point, double height, double phase) {
  const auto turn = [&](int axis, int64_t i) {
    return full_turn * static_cast<double>(point[axis] * i % size[axis]) / static_cast<double>(size[axis]);
  };
  std::vector<float> cosine, sine;
  for (int64_t i = 0; i < size[2]; ++i) {
    cosine.push_back(static_cast<float>(std::cos(turn(2, i))));
    sine.push_back(static_cast<float>(std::sin(turn(2, i))));
  }
  float* row = values.data();
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y, row += size[2]) {
      const double start = phase + turn(0, z) + turn(1, y);
      const auto c = static_cast<float>(height * std::cos(start));
      const auto s = static_cast<float>(height * std::sin(start));
      for (int64_t x = 0; x < size[2]; ++x) row[x] += c * cosine[x] - s * sine[x];
    }
  }
}

}  // namespace

void describe(Fields& fields, SpikeOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often each channel has stripes");
  fields.number("least", options.least, {0, 10}, "smallest height of the stripes, in mean signals");
  fields.number("most", options.most, {0, 10}, "greatest height of the stripes, in mean signals");
}

SpikeDraw draw(const SpikeOptions& options, Random& random, const Sample& sample) {
  SpikeDraw drawn;
  for (const int64_t c : draw_channels(options.probability, random, sample)) {
    const auto point = draw_point(grid_size(sample), random);
    const double height = random.uniform(options.least, options.most);
    drawn.channels.push_back({c, point, height, random.uniform(0, full_turn)});
  }
  return drawn;
}

void apply(const SpikeOptions&, const SpikeDraw& drawn, Sample& sample) {
  for (const auto& [channel, point, height, phase] : drawn.channels) {
    const auto values = channel_of(sample, channel);
    const Moments before = moments_of(values);
    add_wave(values, grid_size(sample), point, height * (before.mean - before.least), phase);
    restore_moments(values, before);
  }
}

}  // namespace tazuna
