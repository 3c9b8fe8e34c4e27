// SPDX-License-Identifier: Apache-2.0
#include "phantom/scanner.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tazuna {
namespace {

/// The axis order number `index` of the 48.
AxisOrder order_of(int64_t index) {
  std::array<int, 3> axis{0, 1, 2};
  for (int64_t turn = 0; turn < index / 8; ++turn) std::next_permutation(axis.begin(), axis.end());
  return {axis, {(index & 1) != 0, (index & 2) != 0, (index & 4) != 0}};
}

/// Logarithm of the receive field: long waves.
class ReceiveField {
 public:
  explicit ReceiveField(Random& random) {
    for (Wave& wave : waves_) {
      const double number = 2 * std::numbers::pi / random.uniform(120, 260);
      wave.vector = number * random_direction(random);
      wave.phase = random.uniform(0, 2 * std::numbers::pi);
      wave.amplitude = 0.045 * bounded_normal(random, 2);
    }
  }
  double at(const Point& world) const {
    double sum = 0;
    for (const Wave& wave : waves_) sum += wave.amplitude * std::sin(dot(wave.vector, world) + wave.phase);
    return sum;
  }

 private:
  struct Wave {
    Point vector;
    double phase = 0, amplitude = 0;
  };
  std::array<Wave, 3> waves_;
};

Point world_at(const Geometry& geometry, const std::array<double, 3>& index) {
  std::array<double, 3> world = geometry.origin;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      world[row] += index[axis] * geometry.spacing[axis] * geometry.direction[3 * row + axis];
    }
  }
  return {world[0], world[1], world[2]};
}

}  // namespace

Scanner draw_scanner(Random random) {
  const double gain = bounded_normal(random, 2), noise = random.uniform(-1, 1);
  return {std::exp(0.3 * gain), std::exp(0.15 * noise)};
}

Geometry draw_grid(const Preset& preset, double spacing, Random random) {
  const double plane = spacing * random.uniform(0.94, 1.06);
  const std::array<double, 3> spacings{plane * random.uniform(1, 1.12), plane, plane};
  const double angle = random.uniform(0, 8) * std::numbers::pi / 180;
  const Matrix turn = rotation(angle * random_direction(random));
  const Point centre = preset.view_centre + random_step(random, 0.8);
  const int64_t order = random.below(48);
  const std::array<double, 3> extent{preset.view_size.z, preset.view_size.y, preset.view_size.x};
  Geometry geometry;
  for (size_t axis = 0; axis < 3; ++axis) {
    geometry.spacing[axis] = spacings[axis];
    geometry.size[axis] = std::max<int64_t>(8, std::llround(extent[axis] / spacings[axis]));
  }
  const Matrix columns = transposed(turn);  // where world x, y, z turn to
  const std::array<Point, 3> axes{columns.z, columns.y, columns.x};
  Point origin = centre;
  for (size_t axis = 0; axis < 3; ++axis) {
    const Point& way = axes[axis];
    geometry.direction[axis] = way.x;
    geometry.direction[3 + axis] = way.y;
    geometry.direction[6 + axis] = way.z;
    origin = origin - 0.5 * static_cast<double>(geometry.size[axis] - 1) * geometry.spacing[axis] * way;
  }
  geometry.origin = {origin.x, origin.y, origin.z};
  return reordered(geometry, order_of(order));
}

Tensor scan(const Painted& painted, const Sequence& sequence, const Scanner& scanner, double pair_contrast,
            Random random) {
  const Geometry& geometry = painted.geometry;
  const auto& size = geometry.size;
  const double noise = sequence.noise * scanner.noise;
  std::array<double, tissue_count> signal = sequence.signal;
  signal[static_cast<size_t>(Tissue::pair)] =
      signal[static_cast<size_t>(Tissue::deep_grey)] + pair_contrast * noise;
  const double gain = scanner.gain * std::exp(0.03 * bounded_normal(random, 2));
  const ReceiveField field(random);
  const double middle = field.at(
      world_at(geometry, {0.5 * static_cast<double>(size[0] - 1), 0.5 * static_cast<double>(size[1] - 1),
                          0.5 * static_cast<double>(size[2] - 1)}));
  Tensor image = at::empty({1, size[0], size[1], size[2]}, at::kFloat);
  auto* out = image.mutable_data_ptr<float>();
  const auto* parts = painted.tissues.const_data_ptr<uint8_t>();
  const int64_t voxels = image.numel();
  int64_t at = 0;
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x, ++at) {
        double mean = 0;
        for (size_t tissue = 0; tissue < tissue_count; ++tissue) {
          mean += signal[tissue] * parts[static_cast<int64_t>(tissue) * voxels + at];
        }
        const Point world =
            world_at(geometry, {static_cast<double>(z), static_cast<double>(y), static_cast<double>(x)});
        mean *= std::exp(field.at(world) - middle) / parts_per_voxel;
        const double real = mean + noise * random.normal(), imaginary = noise * random.normal();
        out[at] = static_cast<float>(std::round(gain * std::sqrt(real * real + imaginary * imaginary)));
      }
    }
  }
  return image;
}

}  // namespace tazuna
