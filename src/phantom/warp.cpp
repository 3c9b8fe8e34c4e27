// SPDX-License-Identifier: Apache-2.0
#include "phantom/warp.hpp"

#include <cmath>
#include <numbers>

namespace tazuna {

Warp::Warp(Random random) {
  const double x = bounded_normal(random, 2), y = bounded_normal(random, 2), z = bounded_normal(random, 2);
  const Point scale{std::exp(0.04 * x), std::exp(0.04 * y), std::exp(0.04 * z)};
  linear_ = diagonal(scale) * rotation(random_step(random, 0.04));
  unlinear_ = inverse(linear_);
  for (Wave& wave : waves_) {
    const double number = 2 * std::numbers::pi / random.uniform(60, 140);
    wave.vector = number * random_direction(random);
    wave.amplitude = random_step(random, 0.8);
    wave.phase = random.uniform(0, 2 * std::numbers::pi);
  }
}

Warp::Local Warp::at(const Point& world) const {
  const Point p = world - offset_;
  Local local{linear_ * p, linear_};
  for (const Wave& wave : waves_) {
    const double angle = dot(wave.vector, p) + wave.phase;
    const double sine = std::sin(angle), cosine = std::cos(angle);
    local.place = local.place + sine * wave.amplitude;
    local.slope.x = local.slope.x + cosine * wave.amplitude.x * wave.vector;
    local.slope.y = local.slope.y + cosine * wave.amplitude.y * wave.vector;
    local.slope.z = local.slope.z + cosine * wave.amplitude.z * wave.vector;
  }
  return local;
}

Point Warp::world_of(const Point& place) const {
  Point p = unlinear_ * place;
  // Each round divides the error by the steepness of the waves, about 0.2.
  for (int round = 0; round < 60; ++round) {
    const Point missed = place - at(p + offset_).place;
    p = p + unlinear_ * missed;
    if (dot(missed, missed) < 1e-18) break;
  }
  return p + offset_;
}

void Warp::anchor(const Point& place, const Point& world) {
  offset_ = offset_ + world - world_of(place);
}

}  // namespace tazuna
