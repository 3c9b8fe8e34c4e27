// SPDX-License-Identifier: Apache-2.0
#include "train/time_table.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "train/step_parts.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

size_t place_of(std::string_view part) {
  return static_cast<size_t>(std::ranges::find(step_part::all, part) - step_part::all.begin());
}

PartTime row_of(const std::vector<PartTime>& times, const std::string& part) {
  for (const PartTime& time : times)
    if (time.part == part) return time;
  throw Error("no such part: " + part);
}

const size_t waiting = place_of(step_part::waiting), forward = place_of(step_part::forward),
             update = place_of(step_part::update), validation = place_of(step_part::validation);

}  // namespace

DOCTEST_TEST_SUITE("train/time_table") {
  DOCTEST_TEST_CASE("parts and the rest make up the steps, whatever lies in what") {
    const std::vector<double> steps{10, 20, 30};
    const std::vector<PartSpan> spans{
        {waiting, 0, -1, 1}, {waiting, 1, -1, 3}, {forward, 1, -1, 4},
        {forward, 1, -1, 5}, {update, 2, -1, 9},  {forward, 2, 4, 6},  // a forward pass within an update
    };
    const auto times = part_times(steps, spans);
    DOCTEST_CHECK(row_of(times, "waiting").seconds == 4);
    DOCTEST_CHECK(row_of(times, "forward").seconds == 15);
    DOCTEST_CHECK(row_of(times, "update").seconds == 3);
    DOCTEST_CHECK(row_of(times, "rest").seconds == 38);
    DOCTEST_CHECK(row_of(times, "step").seconds == 60);
    double shares = 0;
    for (const PartTime& time : times)
      if (time.part != "step") shares += time.share;
    DOCTEST_CHECK(shares == doctest::Approx(1));
    DOCTEST_CHECK(row_of(times, "step").share == doctest::Approx(1));
    DOCTEST_CHECK(row_of(times, "waiting").count == 3);
    DOCTEST_CHECK(row_of(times, "waiting").median == 1);
    DOCTEST_CHECK(row_of(times, "step").tenth == doctest::Approx(12));
    DOCTEST_CHECK(row_of(times, "step").ninetieth == doctest::Approx(28));
  }

  DOCTEST_TEST_CASE("validation belongs to no step, and counts where no step is measured too") {
    const auto times = part_times({10, 50}, {{validation, 1, -1, 40}, {validation, -1, -1, 60}});
    DOCTEST_CHECK(row_of(times, "step").seconds == 20);
    DOCTEST_CHECK(row_of(times, "rest").seconds == 20);
    const PartTime row = row_of(times, "validation");
    DOCTEST_CHECK(row.count == 2);
    DOCTEST_CHECK(row.seconds == 100);
    DOCTEST_CHECK(std::isnan(row.share));
  }

  DOCTEST_TEST_CASE("what is outside the measured steps, and parts that never came, leave no row") {
    const auto times = part_times({10}, {{forward, -1, -1, 3}});
    DOCTEST_CHECK(times.size() == 2);
    DOCTEST_CHECK(times[0].part == "rest");
    DOCTEST_CHECK(times[1].part == "step");
  }

  DOCTEST_TEST_CASE("the table has a row a part and clock; people see a line a part") {
    const auto times = part_times({0.01, 0.03}, {{waiting, 0, -1, 0.002}, {validation, -1, -1, 7}});
    Table table = empty_time_table();
    add_part_times(table, "host", times);
    add_part_times(table, "device", times);
    DOCTEST_REQUIRE(table.rows() == 2 * times.size());
    DOCTEST_CHECK(table.text(0, "clock") == "host");
    DOCTEST_CHECK(table.text(0, "part") == "waiting");
    DOCTEST_CHECK(table.number(0, "share") == doctest::Approx(0.05));
    DOCTEST_CHECK(table.number(0, "median_ms") == doctest::Approx(1));
    const std::string text = time_text(times);
    DOCTEST_CHECK(std::ranges::count(text, '\n') == std::ssize(times) + 1);
    DOCTEST_CHECK(text.find("5.00 %") != std::string::npos);
  }
}
