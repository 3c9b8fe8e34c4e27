// SPDX-License-Identifier: Apache-2.0
#include "phantom/shape.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tazuna {
namespace {

constexpr double fold_number = 14;  // waves of about 33 mm on a brain's surface

/// The radius in unit direction `u` of a blob whose ellipsoid is the unit ball.
double radius(const BlobForm& form, const Point& u) {
  const auto& b = form.bumps;
  double r = 1 + b[0] * 2 * u.x * u.y + b[1] * 2 * u.y * u.z + b[2] * 2 * u.z * u.x +
             b[3] * (u.x * u.x - u.y * u.y) + b[4] * 0.5 * (3 * u.z * u.z - 1) + b[5] * 5 * u.x * u.y * u.z +
             b[6] * u.x * (u.x * u.x - 3 * u.y * u.y);
  if (form.folds > 0) {
    r += form.folds * std::sin(fold_number * u.x + form.fold_phase.x) *
         std::sin(fold_number * u.y + form.fold_phase.y) * std::sin(fold_number * u.z + form.fold_phase.z);
  }
  return r;
}

double sum_of_bumps(const BlobForm& form) {
  double sum = 0;
  for (const double bump : form.bumps) sum += std::abs(bump);
  return sum;
}

class Blob final : public Shape {
 public:
  Blob(const Point& centre, const BlobForm& form)
      : centre_(centre),
        form_(form),
        to_unit_(diagonal({1 / form.semi_axes.x, 1 / form.semi_axes.y, 1 / form.semi_axes.z}) * form.turn),
        shortest_(std::min({form.semi_axes.x, form.semi_axes.y, form.semi_axes.z})),
        deviation_(sum_of_bumps(form) + form.folds),
        steepness_(1 + 5 * sum_of_bumps(form) + 2 * fold_number * form.folds) {}

  double clearance(const Point& p) const override {
    const Point v = to_unit_ * (p - centre_);
    const double r = length(v);
    // In units of the ball no distance is longer than in mm divided by the shortest axis.
    if (r > 1 + 2 * deviation_) return (r - 1 - deviation_) * shortest_;
    if (r < 1 - 2 * deviation_) return (r - 1 + deviation_) * shortest_;
    const Point u = r > 0 ? 1 / r * v : Point{1, 0, 0};
    return (r - radius(form_, u)) * shortest_ / steepness_;
  }

  bool holds(const Point& p) const override {
    const Point v = to_unit_ * (p - centre_);
    const double square = dot(v, v);
    const double least = std::max(0.0, 1 - deviation_), most = 1 + deviation_;
    if (square >= most * most) return false;
    if (square <= least * least) return true;
    const double r = std::sqrt(square);
    return r < radius(form_, 1 / r * v);
  }

 private:
  Point centre_;
  BlobForm form_;
  Matrix to_unit_;
  double shortest_, deviation_, steepness_;
};

}  // namespace

BlobForm random_blob(const Point& semi_axes, double roughness, Random& random) {
  BlobForm form;
  form.semi_axes = semi_axes;
  form.turn = rotation(random_step(random, 0.08));
  for (double& bump : form.bumps) bump = roughness * bounded_normal(random, 1.5);
  return form;
}

double volume_of(const BlobForm& form) {
  // The mean of radius^3 over the nodes of a Fibonacci sphere.
  constexpr int nodes = 1000;
  const double golden = std::numbers::pi * (3 - std::sqrt(5.0));
  double sum = 0;
  for (int i = 0; i < nodes; ++i) {
    const double z = 1 - (2 * i + 1) / static_cast<double>(nodes), ring = std::sqrt(1 - z * z);
    const double r = radius(form, {ring * std::cos(golden * i), ring * std::sin(golden * i), z});
    sum += r * r * r;
  }
  const Point& a = form.semi_axes;
  return 4 * std::numbers::pi / 3 * a.x * a.y * a.z * sum / nodes;
}

BlobForm with_volume(BlobForm form, double mm3) {
  form.semi_axes = std::cbrt(mm3 / volume_of(form)) * form.semi_axes;
  return form;
}

std::unique_ptr<Shape> make_blob(const Point& centre, const BlobForm& form) {
  return std::make_unique<Blob>(centre, form);
}

}  // namespace tazuna
