// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/affine.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tazuna {
namespace {

using Matrix = std::array<double, 9>;
constexpr Matrix unit{1, 0, 0, 0, 1, 0, 0, 0, 1};

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      for (int k = 0; k < 3; ++k) c[3 * row + column] += a[3 * row + k] * b[3 * k + column];
    }
  }
  return c;
}

/// Right-handed turn about an axis in the frame of the tensor axes.
Matrix rotation(int axis, double radians) {
  const int one = (axis + 1) % 3, two = (axis + 2) % 3;
  Matrix matrix = unit;
  matrix[3 * one + one] = matrix[3 * two + two] = std::cos(radians);
  matrix[3 * one + two] = -std::sin(radians);
  matrix[3 * two + one] = std::sin(radians);
  return matrix;
}

}  // namespace

std::optional<int> flat_axis(const std::array<int64_t, 3>& patch) {
  const auto shortest = std::min_element(patch.begin(), patch.end());
  const int64_t longest = *std::max_element(patch.begin(), patch.end());
  if (*shortest != 1 && longest <= 3 * *shortest) return std::nullopt;
  return static_cast<int>(shortest - patch.begin());
}

double automatic_degrees(const std::array<int64_t, 3>& patch) {
  const std::optional<int> normal = flat_axis(patch);
  if (!normal) return 30;
  const int64_t one = patch[(*normal + 1) % 3], two = patch[(*normal + 2) % 3];
  const bool oblong = 2 * std::max(one, two) > 3 * std::min(one, two);
  return patch[*normal] == 1 && oblong ? 15 : 180;
}

std::array<double, 9> rotation_matrix(const std::array<double, 3>& degrees) {
  Matrix matrix = unit;
  for (int axis = 0; axis < 3; ++axis)
    matrix = product(rotation(axis, degrees[axis] * std::numbers::pi / 180), matrix);
  return matrix;
}

void describe(Fields& fields, AffineOptions& options) {
  fields.number("rotate_probability", options.rotate_probability, {0, 1}, "how often a patch is turned");
  fields.number(
      "rotate_degrees", options.rotate_degrees, {0, 180},
      "greatest turn about each axis in degrees, of a flat patch in its plane; auto: 30, in a plane 180 "
      "(15 for an oblong slice)");
  fields.number("scale_probability", options.scale_probability, {0, 1}, "how often a patch is scaled");
  fields.number("scale_least", options.scale_least, {0.1, 10}, "smallest scale; below 1 magnifies");
  fields.number("scale_most", options.scale_most, {0.1, 10},
                "greatest scale; above 1 shows more of the case");
  fields.choice(
      "interpolation", options.interpolation, {"linear", "cubic"},
      "of images that are turned or scaled, zero outside; cubic blurs less and overshoots at edges; "
      "labels are those of most linear weight anyway");
}

AffineDraw draw(const AffineOptions& options, Random& random, const std::array<int64_t, 3>& patch,
                double most_degrees) {
  const bool rotate = random.chance(options.rotate_probability);
  const bool scale = random.chance(options.scale_probability);
  const std::optional<int> normal = flat_axis(patch);
  AffineDraw drawn;
  drawn.identity = !rotate && !scale;
  drawn.cubic = options.interpolation == "cubic";
  if (rotate) {
    const double most = std::min(most_degrees, options.rotate_degrees.value_or(automatic_degrees(patch)));
    std::array<double, 3> degrees{};
    for (int axis = 0; axis < 3; ++axis) {
      if (normal && axis != *normal) continue;
      degrees[axis] = random.uniform(-most, most);
    }
    drawn.matrix = rotation_matrix(degrees);
  }
  if (scale) {
    const double factor = random.uniform(options.scale_least, options.scale_most);
    Matrix scaling{factor, 0, 0, 0, factor, 0, 0, 0, factor};
    if (normal) scaling[4 * *normal] = 1;
    drawn.matrix = product(drawn.matrix, scaling);
  }
  return drawn;
}

}  // namespace tazuna
