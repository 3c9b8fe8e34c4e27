// SPDX-License-Identifier: Apache-2.0
#include "phantom/warp.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

double distance(const Point& a, const Point& b) {
  return length(a - b);
}

DOCTEST_TEST_SUITE("phantom/warp") {
  DOCTEST_TEST_CASE("world_of undoes the map from the world") {
    for (int64_t number = 0; number < 200; ++number) {
      const Warp warp(Random({number, "warp"}));
      Random random({number, "place"});
      const Point place = random.uniform(0, 90) * random_direction(random);
      DOCTEST_CHECK(distance(warp.at(warp.world_of(place)).place, place) < 1e-6);
    }
  }

  DOCTEST_TEST_CASE("the slope is the derivative") {
    const Warp warp(Random({1, "warp"}));
    const Point p{12, -30, 7};
    const double h = 1e-4;
    const Warp::Local local = warp.at(p);
    for (const Point& way : {Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}}) {
      const Point moved = 1 / (2 * h) * (warp.at(p + h * way).place - warp.at(p - h * way).place);
      DOCTEST_CHECK(distance(moved, local.slope * way) < 1e-6);
    }
  }

  DOCTEST_TEST_CASE("an anchored place lies where it was put") {
    Warp warp(Random({2, "warp"}));
    warp.anchor({0, -16, 10}, {1, -17, 9});
    DOCTEST_CHECK(distance(warp.world_of({0, -16, 10}), {1, -17, 9}) < 1e-6);
  }

  DOCTEST_TEST_CASE("no head is folded: the slope keeps orientation and stays near 1") {
    for (int64_t number = 0; number < 100; ++number) {
      const Warp warp(Random({number, "warp"}));
      Random random({number, "place"});
      for (int i = 0; i < 50; ++i) {
        const Matrix slope = warp.at(random.uniform(0, 100) * random_direction(random)).slope;
        const Matrix back = inverse(slope);
        DOCTEST_CHECK(stretch_bound(slope) < 2.2);
        DOCTEST_CHECK(stretch_bound(back) < 3.5);
        DOCTEST_CHECK(slope.x.x > 0.4);
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
