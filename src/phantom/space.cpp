// SPDX-License-Identifier: Apache-2.0
#include "phantom/space.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace tazuna {
namespace {

Point cross(const Point& a, const Point& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

double sum_of_sizes(const Point& p) {
  return std::abs(p.x) + std::abs(p.y) + std::abs(p.z);
}

}  // namespace

double length(const Point& p) {
  return std::sqrt(dot(p, p));
}

Matrix transposed(const Matrix& m) {
  return {{m.x.x, m.y.x, m.z.x}, {m.x.y, m.y.y, m.z.y}, {m.x.z, m.y.z, m.z.z}};
}

Matrix operator*(const Matrix& a, const Matrix& b) {
  const Matrix columns = transposed(b);
  return transposed({a * columns.x, a * columns.y, a * columns.z});
}

Matrix inverse(const Matrix& m) {
  const double determinant = dot(m.x, cross(m.y, m.z));
  if (determinant == 0) throw Error("a singular matrix has no inverse");
  return transposed({1 / determinant * cross(m.y, m.z), 1 / determinant * cross(m.z, m.x),
                     1 / determinant * cross(m.x, m.y)});
}

Matrix diagonal(const Point& entries) {
  return {{entries.x, 0, 0}, {0, entries.y, 0}, {0, 0, entries.z}};
}

Matrix rotation(const Point& axis) {
  const double angle = length(axis);
  if (angle == 0) return {};
  const Point u = 1 / angle * axis;
  const auto turned = [&](const Point& p) {
    return std::cos(angle) * p + std::sin(angle) * cross(u, p) + (1 - std::cos(angle)) * dot(u, p) * u;
  };
  return transposed({turned({1, 0, 0}), turned({0, 1, 0}), turned({0, 0, 1})});
}

double stretch_bound(const Matrix& m) {
  const auto norm = [](const Matrix& rows) {
    return std::max({sum_of_sizes(rows.x), sum_of_sizes(rows.y), sum_of_sizes(rows.z)});
  };
  return std::sqrt(norm(m) * norm(transposed(m)));
}

Point random_direction(Random& random) {
  for (;;) {
    const double x = random.normal(), y = random.normal(), z = random.normal();
    const double size = length({x, y, z});
    if (size > 1e-6) return {x / size, y / size, z / size};
  }
}

double bounded_normal(Random& random, double most) {
  return std::clamp(random.normal(), -most, most);
}

Point random_step(Random& random, double sd) {
  const double x = bounded_normal(random, 2), y = bounded_normal(random, 2), z = bounded_normal(random, 2);
  return {sd * x, sd * y, sd * z};
}

}  // namespace tazuna
