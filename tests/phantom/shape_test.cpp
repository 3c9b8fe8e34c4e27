// SPDX-License-Identifier: Apache-2.0
#include "phantom/shape.hpp"

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

BlobForm form_number(int64_t number, double folds = 0) {
  Random random({number, "form"});
  const Point axes{random.uniform(1, 6), random.uniform(1, 6), random.uniform(1, 6)};
  BlobForm form = random_blob(axes, 0.06, random);
  form.turn = rotation(random.uniform(0, 3) * random_direction(random));
  form.folds = folds;
  form.fold_phase = {1, 2, 3};
  return form;
}

DOCTEST_TEST_SUITE("phantom/shape") {
  DOCTEST_TEST_CASE("a plain ellipsoid has its volume") {
    const BlobForm form{.semi_axes = {2, 3, 4}};
    DOCTEST_CHECK(volume_of(form) == doctest::Approx(4 * std::numbers::pi / 3 * 24));
  }

  DOCTEST_TEST_CASE("a form scaled to a volume holds that volume") {
    for (int64_t number = 0; number < 4; ++number) {
      const auto shape = make_blob({0.1, 0.2, 0.3}, with_volume(form_number(number), 30));
      const double step = 0.125;
      int64_t inside = 0;
      for (double z = -10; z < 10; z += step)
        for (double y = -10; y < 10; y += step)
          for (double x = -10; x < 10; x += step) inside += shape->holds({x, y, z});
      DOCTEST_CHECK(static_cast<double>(inside) * step * step * step == doctest::Approx(30).epsilon(0.005));
    }
  }

  DOCTEST_TEST_CASE("the clearance never exceeds the distance to the other side of the surface") {
    for (int64_t number = 0; number < 12; ++number) {
      const auto shape = make_blob({0.1, 0.2, 0.3}, form_number(number, number % 2 == 0 ? 0 : 0.035));
      Random random({number, "points"});
      for (int i = 0; i < 4000; ++i) {
        const Point p = random.uniform(0, 9) * random_direction(random);
        const Point q = p + random.uniform(0, 3) * random_direction(random);
        DOCTEST_REQUIRE(shape->holds(p) == (shape->clearance(p) < 0));
        if (shape->holds(p) != shape->holds(q)) {
          DOCTEST_REQUIRE(std::abs(shape->clearance(p)) <= length(p - q) * (1 + 1e-9));
        }
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
