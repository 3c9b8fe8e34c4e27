// SPDX-License-Identifier: Apache-2.0
#include "train/schedules/catalog.hpp"

#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

struct Row {
  const char* what;
  ScheduleOptions schedule;
  int64_t step, steps;
  double factor;
};

}  // namespace

DOCTEST_TEST_SUITE("train/schedules/catalog") {
  DOCTEST_TEST_CASE("factors equal the formulas worked out by hand") {
    const std::vector<Row> rows{
        {"poly begins at 1", PolyOptions{}, 0, 10, 1.0},
        {"poly half way", PolyOptions{}, 5, 10, 0.5358867312681466},
        {"poly at its last step", PolyOptions{}, 9, 10, 0.12589254117941673},
        {"poly of another power", PolyOptions{.power = 2}, 5, 10, 0.25},
        {"poly's first warm-up step", PolyOptions{.warmup = 0.2}, 0, 10, 0.5},
        {"poly's last warm-up step", PolyOptions{.warmup = 0.2}, 1, 10, 1.0},
        {"poly after the warm-up", PolyOptions{.warmup = 0.2}, 2, 10, 1.0},
        {"cosine without warm-up", CosineOptions{.warmup = 0}, 0, 8, 1.0},
        {"cosine half way", CosineOptions{.warmup = 0.2}, 6, 10, 0.5},
        {"cosine at its last step", CosineOptions{.warmup = 0.2}, 9, 10, 0.03806023374435663},
    };
    for (const Row& row : rows) {
      DOCTEST_CAPTURE(row.what);
      DOCTEST_CHECK(schedule_factor(row.schedule, row.step, row.steps) ==
                    doctest::Approx(row.factor).epsilon(1e-12));
    }
  }

  DOCTEST_TEST_CASE("no step of a schedule has a rate of zero or above the first full one") {
    for (const ScheduleOptions& schedule :
         {ScheduleOptions(PolyOptions{.warmup = 0.1}), ScheduleOptions(CosineOptions{})}) {
      for (int64_t step = 0; step < 40; ++step) {
        DOCTEST_CHECK(schedule_factor(schedule, step, 40) > 0);
        DOCTEST_CHECK(schedule_factor(schedule, step, 40) <= 1);
      }
    }
  }

  DOCTEST_TEST_CASE("a step beyond the end is refused") {
    DOCTEST_CHECK_THROWS_AS(schedule_factor(PolyOptions{}, 10, 10), Error);
  }
}
