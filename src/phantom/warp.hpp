// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "phantom/space.hpp"

namespace tazuna {

/// A smooth invertible map from the world of one head to the canonical head: turn, scale, shift and a few
/// waves of 60 to 140 mm, a displacement of about 1.5 mm.
class Warp {
 public:
  /// The identity.
  Warp() = default;
  explicit Warp(Random random);

  struct Local {
    Point place;   ///< canonical
    Matrix slope;  ///< derivative of the canonical place by the world's
  };
  Local at(const Point& world) const;
  /// Where in the world a canonical place lies.
  Point world_of(const Point& place) const;
  /// Shifts the head so that the canonical `place` lies at `world`.
  void anchor(const Point& place, const Point& world);

 private:
  struct Wave {
    Point vector, amplitude;
    double phase = 0;
  };
  Matrix linear_, unlinear_;
  Point offset_;
  std::array<Wave, 6> waves_{};
};

}  // namespace tazuna
