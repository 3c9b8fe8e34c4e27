// SPDX-License-Identifier: Apache-2.0
#include "image/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Point = std::array<double, 3>;

Point world_at(const Geometry& geometry, const Point& index) {
  Point world = geometry.origin;
  for (int row = 0; row < 3; ++row) {
    for (int axis = 0; axis < 3; ++axis) {
      world[row] += index[axis] * geometry.spacing[axis] * geometry.direction[3 * row + axis];
    }
  }
  return world;
}

double determinant(const Affine& affine) {
  return affine[0][0] * (affine[1][1] * affine[2][2] - affine[1][2] * affine[2][1]) -
         affine[0][1] * (affine[1][0] * affine[2][2] - affine[1][2] * affine[2][0]) +
         affine[0][2] * (affine[1][0] * affine[2][1] - affine[1][1] * affine[2][0]);
}

}  // namespace

Affine affine_of(const Geometry& geometry) {
  Affine affine{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      const int axis = 2 - column;
      affine[row][column] = geometry.spacing[axis] * geometry.direction[3 * row + axis];
    }
    affine[row][3] = geometry.origin[row];
  }
  affine[3][3] = 1;
  return affine;
}

Geometry geometry_of(const Affine& affine, const std::array<int64_t, 3>& size) {
  Geometry geometry;
  geometry.size = size;
  for (int column = 0; column < 3; ++column) {
    const int axis = 2 - column;
    const double length = std::hypot(affine[0][column], affine[1][column], affine[2][column]);
    if (!(length > 0) || !std::isfinite(length)) {
      throw refused(cat("affine: column ", column, " has length ", number_text(length),
                        "; each voxel axis needs a finite length above 0 mm"));
    }
    geometry.spacing[axis] = length;
    for (int row = 0; row < 3; ++row) geometry.direction[3 * row + axis] = affine[row][column] / length;
  }
  for (int row = 0; row < 3; ++row) geometry.origin[row] = affine[row][3];
  return geometry;
}

double voxel_volume(const Geometry& geometry) {
  return std::abs(determinant(affine_of(geometry)));
}

void expect_invertible(const Affine& affine, const std::string& name) {
  double lengths = 1;
  for (int column = 0; column < 3; ++column) {
    lengths *= std::hypot(affine[0][column], affine[1][column], affine[2][column]);
  }
  const double volume = determinant(affine);
  if (std::abs(volume) > 1e-6 * lengths && std::isfinite(volume)) return;
  throw refused(cat(name, " is singular (determinant ", number_text(volume),
                    "): its three voxel axes do not span space; set a valid one in the file"));
}

double corner_distance(const Geometry& a, const Geometry& b) {
  double largest = 0;
  for (int corner = 0; corner < 8; ++corner) {
    Point index;
    for (int axis = 0; axis < 3; ++axis) {
      index[axis] = (corner >> axis & 1) ? static_cast<double>(a.size[axis]) - 0.5 : -0.5;
    }
    const Point p = world_at(a, index), q = world_at(b, index);
    const double distance = std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
    if (!(distance <= largest)) largest = distance;  // NaN stays
  }
  return largest;
}

bool same_grid(const Geometry& a, const Geometry& b, double tolerance) {
  return grid_difference(a, b, tolerance).empty();
}

std::string grid_difference(const Geometry& a, const Geometry& b, double tolerance) {
  if (a.size != b.size) return cat("size ", size_text(a), " against ", size_text(b));
  const double smallest = std::min(*std::min_element(a.spacing.begin(), a.spacing.end()),
                                   *std::min_element(b.spacing.begin(), b.spacing.end()));
  const double distance = corner_distance(a, b);
  if (distance <= tolerance * smallest) return "";
  return cat("corner ", std::round(distance * 1000) / 1000, " mm apart");
}

std::string size_text(const Geometry& geometry) {
  return cat(geometry.size[2], "x", geometry.size[1], "x", geometry.size[0], " (x, y, z)");
}

AxisOrder canonical_order(const Geometry& geometry, const std::array<int, 3>& arrange) {
  std::array<int, 3> chosen{0, 1, 2}, candidate{0, 1, 2};
  const auto towards = [&](int canonical, int native) {
    return geometry.direction[3 * (2 - canonical) + native];  // canonical axis 0 is world z, row 2
  };
  double best = -1;
  do {
    double sum = 0;
    for (int axis = 0; axis < 3; ++axis) sum += std::abs(towards(axis, candidate[axis]));
    // The margin lets rounding noise of a 45 degree grid not decide: the first permutation stays.
    if (sum > best + 1e-9) {
      best = sum;
      chosen = candidate;
    }
  } while (std::next_permutation(candidate.begin(), candidate.end()));
  AxisOrder order;
  for (int axis = 0; axis < 3; ++axis) {
    const int canonical = arrange[axis];
    order.axis[axis] = chosen[canonical];
    order.flip[axis] = towards(canonical, chosen[canonical]) < 0;
  }
  return order;
}

Geometry reordered(const Geometry& geometry, const AxisOrder& order) {
  Geometry result;
  Point first{0, 0, 0};
  for (int axis = 0; axis < 3; ++axis) {
    const int native = order.axis[axis];
    result.size[axis] = geometry.size[native];
    result.spacing[axis] = geometry.spacing[native];
    for (int row = 0; row < 3; ++row) {
      const double component = geometry.direction[3 * row + native];
      result.direction[3 * row + axis] = order.flip[axis] ? -component : component;
    }
    if (order.flip[axis]) first[native] = static_cast<double>(geometry.size[native] - 1);
  }
  result.origin = world_at(geometry, first);
  return result;
}

Geometry cropped(const Geometry& geometry, const Box& box) {
  Geometry result = geometry;
  result.size = box.size();
  result.origin = world_at(geometry, {static_cast<double>(box.low[0]), static_cast<double>(box.low[1]),
                                      static_cast<double>(box.low[2])});
  return result;
}

Geometry resized(const Geometry& geometry, const std::array<int64_t, 3>& size) {
  Geometry result = geometry;
  Point first;
  for (int axis = 0; axis < 3; ++axis) {
    const double scale = static_cast<double>(geometry.size[axis]) / static_cast<double>(size[axis]);
    result.size[axis] = size[axis];
    result.spacing[axis] = geometry.spacing[axis] * scale;
    first[axis] = 0.5 * scale - 0.5;
  }
  result.origin = world_at(geometry, first);
  return result;
}

}  // namespace tazuna
