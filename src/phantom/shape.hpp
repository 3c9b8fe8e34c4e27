// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include "phantom/space.hpp"

namespace tazuna {

/// A body in space.
class Shape {
 public:
  virtual ~Shape() = default;
  /// A distance to the surface that is never too large, in mm; negative inside.
  virtual double clearance(const Point& p) const = 0;
  virtual bool holds(const Point& p) const = 0;
};

/// An ellipsoid whose surface has bumps (low harmonics) and folds (like gyri), all as shares of its radius.
struct BlobForm {
  Point semi_axes{1, 1, 1};  ///< mm
  Matrix turn;               ///< from the world to the blob's axes
  std::array<double, 7> bumps{};
  double folds = 0;
  Point fold_phase;
};

/// `roughness` is the sd of each bump.
BlobForm random_blob(const Point& semi_axes, double roughness, Random& random);
/// The same form scaled to a volume of `mm3`.
BlobForm with_volume(BlobForm form, double mm3);
double volume_of(const BlobForm& form);

std::unique_ptr<Shape> make_blob(const Point& centre, const BlobForm& form);

}  // namespace tazuna
