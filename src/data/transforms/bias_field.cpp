// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/bias_field.hpp"

#include <ATen/ATen.h>

#include <numbers>

#include "data/transforms/channel.hpp"
#include "data/transforms/vector_math.hpp"

namespace tazuna {
namespace {

constexpr int64_t highest_order = 4;  // with strength 2 the field stays in the range of floats

/// Monomials z^i y^j x^k of at most `order`, the constant left out: a constant factor would be undone.
int64_t terms_of(int64_t order) {
  return (order + 1) * (order + 2) * (order + 3) / 6 - 1;
}

/// From -1 to 1 over an axis; 0 for a single voxel.
double place_of(int64_t i, int64_t length) {
  return length > 1 ? 2 * static_cast<double>(i) / static_cast<double>(length - 1) - 1 : 0;
}

/// The coefficients of 1, x, x^2, ... along a row at height y in plane z.
std::array<float, highest_order + 1> row_polynomial(const std::vector<double>& coefficients, int64_t order,
                                                    double z, double y) {
  std::array<double, highest_order + 1> sums{};
  size_t next = 0;
  double z_power = 1;
  for (int64_t i = 0; i <= order; ++i, z_power *= z) {
    double factor = z_power;
    for (int64_t j = 0; i + j <= order; ++j, factor *= y) {
      for (int64_t k = i + j == 0 ? 1 : 0; i + j + k <= order; ++k)
        sums[static_cast<size_t>(k)] += factor * coefficients[next++];
    }
  }
  std::array<float, highest_order + 1> along_x;
  for (size_t k = 0; k < along_x.size(); ++k) along_x[k] = static_cast<float>(sums[k] * std::numbers::log2e);
  return along_x;
}

std::vector<float> places_along(int64_t length) {
  std::vector<float> places(static_cast<size_t>(length));
  for (int64_t i = 0; i < length; ++i) places[i] = static_cast<float>(place_of(i, length));
  return places;
}

/// The logarithm (base 2) of the field on a device, float32 of this size.
Tensor exponents(const std::array<int64_t, 3>& size, const std::vector<double>& coefficients, int64_t order,
                 at::Device device) {
  std::vector<float> rows;  // [D, H, highest_order + 1]
  for (int64_t plane = 0; plane < size[0]; ++plane) {
    for (int64_t line = 0; line < size[1]; ++line) {
      const auto a = row_polynomial(coefficients, order, place_of(plane, size[0]), place_of(line, size[1]));
      rows.insert(rows.end(), a.begin(), a.end());
    }
  }
  const auto columns =
      at::tensor(rows, at::kFloat).to(device).view({size[0], size[1], 1, highest_order + 1}).unbind(3);
  const Tensor x = at::tensor(places_along(size[2]), at::kFloat).to(device);
  Tensor sum = columns[highest_order];
  for (int64_t k = highest_order - 1; k >= 0; --k) sum = sum * x + columns[static_cast<size_t>(k)];
  return sum;
}

void multiply(std::span<float> values, const std::array<int64_t, 3>& size,
              const std::vector<double>& coefficients, int64_t order, float dark) {
  const std::vector<float> x = places_along(size[2]);
  float* row = values.data();
  for (int64_t plane = 0; plane < size[0]; ++plane) {
    for (int64_t line = 0; line < size[1]; ++line, row += size[2]) {
      const auto a = row_polynomial(coefficients, order, place_of(plane, size[0]), place_of(line, size[1]));
      for (int64_t i = 0; i < size[2]; ++i) {
        const float exponent = a[0] + x[i] * (a[1] + x[i] * (a[2] + x[i] * (a[3] + x[i] * a[4])));
        row[i] = dark + (row[i] - dark) * vector_math::exp2(exponent);
      }
    }
  }
}

}  // namespace

void describe(Fields& fields, BiasFieldOptions& options) {
  fields.number("probability", options.probability, {0, 1}, "how often each channel gets a bias field");
  fields.integer("order", options.order, {1, highest_order},
                 "of the polynomial that is the field's logarithm");
  fields.number("strength", options.strength, {0, 2},
                "greatest coefficient of the polynomial, with places from -1 to 1 along each axis");
}

BiasFieldDraw draw(const BiasFieldOptions& options, Random& random, const Sample& sample) {
  BiasFieldDraw drawn;
  for (const int64_t c : draw_channels(options.probability, random, sample)) {
    drawn.channels.push_back({c});
    for (int64_t term = 0; term < terms_of(options.order); ++term)
      drawn.channels.back().coefficients.push_back(random.uniform(-options.strength, options.strength));
  }
  return drawn;
}

void apply(const BiasFieldOptions& options, const BiasFieldDraw& drawn, Sample& sample) {
  for (const auto& [channel, coefficients] : drawn.channels) {
    const auto values = channel_of(sample, channel);
    const Moments before = moments_of(values);
    multiply(values, grid_size(sample), coefficients, options.order, before.least);
    restore_moments(values, before);
  }
}

void apply_on_device(const BiasFieldOptions& options, const BiasFieldDraw& drawn, Sample& sample) {
  for (const auto& [channel, coefficients] : drawn.channels) {
    Tensor values = sample.image.voxels[channel];
    const DeviceMoments before = device_moments_of(values);
    const Tensor dark = values.min();
    const Tensor field = exponents(grid_size(sample), coefficients, options.order, values.device()).exp2_();
    values.sub_(dark).mul_(field).add_(dark);
    restore_moments(values, before);
  }
}

}  // namespace tazuna
