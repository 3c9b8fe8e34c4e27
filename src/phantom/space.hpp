// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/random.hpp"

namespace tazuna {

/// A place or a step in RAS+ millimetres.
struct Point {
  double x = 0, y = 0, z = 0;
};

inline Point operator+(const Point& a, const Point& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Point operator-(const Point& a, const Point& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Point operator*(double factor, const Point& p) {
  return {factor * p.x, factor * p.y, factor * p.z};
}
inline double dot(const Point& a, const Point& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
double length(const Point& p);
/// Each coordinate multiplied by that of `factors`.
inline Point scaled(const Point& p, const Point& factors) {
  return {p.x * factors.x, p.y * factors.y, p.z * factors.z};
}

/// A linear map; its rows.
struct Matrix {
  Point x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
};

inline Point operator*(const Matrix& m, const Point& p) {
  return {dot(m.x, p), dot(m.y, p), dot(m.z, p)};
}
Matrix operator*(const Matrix& a, const Matrix& b);
Matrix transposed(const Matrix& m);
/// An Error unless the determinant differs from 0.
Matrix inverse(const Matrix& m);
Matrix diagonal(const Point& entries);
/// The turn about the direction of `axis` by its length in radians (Rodrigues).
Matrix rotation(const Point& axis);
/// No smaller than the largest factor by which the map stretches a step.
double stretch_bound(const Matrix& m);

/// A unit vector, every direction alike.
Point random_direction(Random& random);
/// Independent normal coordinates, kept within 2 sd.
Point random_step(Random& random, double sd);
/// A standard normal number kept within +-`most`.
double bounded_normal(Random& random, double most);

}  // namespace tazuna
