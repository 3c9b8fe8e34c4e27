// SPDX-License-Identifier: Apache-2.0
#include "phantom/decoys.hpp"

#include <algorithm>
#include <cmath>

namespace tazuna {
namespace {

constexpr int white_decoys = 4;
constexpr double apart = 6.5;     // mm between the centres of two small bodies
constexpr double embedded = 3.5;  // mm from a centre to the surface around it
constexpr int tries = 300;

bool is_apart(const Point& place, const std::vector<Point>& others) {
  return std::all_of(others.begin(), others.end(),
                     [&](const Point& other) { return length(place - other) >= apart; });
}

/// A place well inside the white matter: far from its surface and from all that lies in it.
bool is_white(const Head& head, size_t anatomy, const Point& place) {
  bool within_white = false;
  for (size_t i = 0; i < anatomy; ++i) {
    const Body& body = head.bodies[i];
    if (within_white && body.shape->clearance(place) < embedded) return false;
    if (body.tissue == Tissue::white) {
      if (body.shape->clearance(place) > -embedded) return false;
      within_white = true;
    }
  }
  return within_white;
}

class Decoys {
 public:
  Decoys(Head& head, const DecoyPlaces& places, const Preset& preset, const LabelPair* real, Random random)
      : head_(head),
        preset_(preset),
        real_(real),
        random_(random),
        taken_(places.pair.begin(), places.pair.end()) {}

  /// Tries `draw` for a place until `good`; a head too full for one more goes without.
  template <class Draw, class Good>
  void add(const Draw& draw, const Good& good) {
    for (int i = 0; i < tries; ++i) {
      const Point place = draw(random_);
      if (!is_apart(place, taken_) || !good(place)) continue;
      taken_.push_back(place);
      const double mm3 = preset_.pair_mm3 * std::exp(preset_.pair_log_sd * bounded_normal(random_, 2));
      head_.bodies.push_back({form(head_.warp.world_of(place), mm3), false, Tissue::pair, {}});
      return;
    }
  }

 private:
  std::unique_ptr<Shape> form(const Point& centre, double mm3) {
    if (real_) return make_label_shape(random_.chance(0.5) ? real_->left : real_->right, centre, mm3);
    return make_blob(centre, with_volume(random_blob(pair_axes, pair_roughness, random_), mm3));
  }

  Head& head_;
  const Preset& preset_;
  const LabelPair* real_;
  Random random_;
  std::vector<Point> taken_;
};

}  // namespace

void add_decoys(Head& head, const DecoyPlaces& places, const Preset& preset, const LabelPair* real,
                Random random) {
  Decoys decoys(head, places, preset, real, random);
  for (const Point& caudate : places.caudates) {
    const auto in_caudate = [&](Random& draw) { return caudate + Point{0, -5, -1} + random_step(draw, 0.5); };
    decoys.add(in_caudate, [](const Point&) { return true; });
  }
  const Point half = 0.5 * preset.view_size - Point{embedded, embedded, embedded};
  const auto in_view = [&](Random& draw) {
    const double x = draw.uniform(-1, 1), y = draw.uniform(-1, 1), z = draw.uniform(-1, 1);
    return preset.view_centre + scaled({x, y, z}, half);
  };
  const auto white = [&](const Point& place) { return is_white(head, places.anatomy, place); };
  for (int i = 0; i < white_decoys; ++i) decoys.add(in_view, white);
}

}  // namespace tazuna
