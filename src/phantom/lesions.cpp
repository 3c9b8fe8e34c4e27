// SPDX-License-Identifier: Apache-2.0
#include "phantom/lesions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tazuna {
namespace {

constexpr Point angle_centre{23, -38, -32};  // the right cerebellopontine angle
constexpr int candidates = 32;
constexpr double roughness = 0.07;

Point candidate(const LesionRule& rule, Random& random) {
  if (rule.to == 0) {
    const double side = random.chance(0.5) ? -1 : 1;
    return scaled(angle_centre, {side, 1, 1}) + random_step(random, 0.8);
  }
  const Point direction = random_direction(random);
  return brain_centre + random.uniform(rule.from, rule.to) * scaled(direction, brain_axes);
}

/// The one of several candidates that is farthest from all earlier places.
Point next_place(const LesionRule& rule, const std::vector<Point>& earlier, Random& random) {
  Point best;
  double most = -1;
  for (int i = 0; i < candidates; ++i) {
    const Point place = candidate(rule, random);
    double nearest = std::numeric_limits<double>::max();
    for (const Point& other : earlier) nearest = std::min(nearest, length(place - other));
    if (nearest > most) {
      most = nearest;
      best = place;
    }
  }
  return best;
}

}  // namespace

void add_lesions(Head& head, const LesionRule& rule, double ml, Random random) {
  const int64_t count = rule.least + random.below(rule.most - rule.least + 1);
  std::vector<double> shares;
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    shares.push_back(std::exp(0.5 * bounded_normal(random, 1.5)));
    sum += shares.back();
  }
  std::vector<Point> places;
  for (const double share : shares) {
    places.push_back(next_place(rule, places, random));
    BlobForm form = random_blob({1, random.uniform(0.8, 1.25), random.uniform(0.8, 1.25)}, roughness, random);
    const double angle = random.uniform(0, 3);
    form.turn = rotation(angle * random_direction(random));
    form = with_volume(form, 1000 * ml * share / sum);
    const Point centre = head.warp.world_of(places.back());
    head.bodies.push_back({make_blob(centre, form), false, Tissue::lesion, {}});
    if (rule.core == 0) continue;
    form.semi_axes = rule.core * form.semi_axes;
    head.bodies.push_back({make_blob(centre, form), false, Tissue::core, {}});
  }
}

}  // namespace tazuna
