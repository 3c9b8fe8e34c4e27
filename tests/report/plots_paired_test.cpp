// SPDX-License-Identifier: Apache-2.0
#include "report/plots_paired.hpp"

#include <cmath>

#include "core/random.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const double nan = std::nan("");

DOCTEST_TEST_SUITE("report/plots_paired") {
  DOCTEST_TEST_CASE("everything a forest plot draws lies inside it, whatever the scale") {
    Random random({"forest"});
    for (const double scale : {1e-4, 1.0, 5000.0}) {
      std::vector<ForestRow> rows{{.name = "joint − alone", .is_heading = true}};
      for (int i = 0; i < 12; ++i) {
        const double middle = scale * random.normal(), half = scale * random.uniform();
        rows.push_back({"structure", "+0.1 [0, 1]", middle, middle - half, middle + half});
      }
      expect_inside(forest_plot({"difference", true}, rows));
    }
  }

  DOCTEST_TEST_CASE("an interval that holds 0 has no direction; without 0 it has that of the better arm") {
    struct Row {
      double low, high;
      bool higher_is_better;
      const char* style;
    };
    for (const auto& [low, high, better, style] : std::vector<Row>{{-1, 1, true, "level"},
                                                                   {0, 1, true, "level"},
                                                                   {0.1, 1, true, "up"},
                                                                   {0.1, 1, false, "down"},
                                                                   {-1, -0.1, true, "down"},
                                                                   {-1, -0.1, false, "up"},
                                                                   {nan, nan, true, "level"}}) {
      const std::string svg = forest_plot({"d", better}, {{"a", "", (low + high) / 2, low, high}});
      for (const std::string other : {"up", "down", "level"})
        DOCTEST_CHECK((count(svg, "interval-line " + other) > 0) == (other == style && !std::isnan(low)));
    }
  }

  DOCTEST_TEST_CASE("a row without a number is named and not drawn; names are escaped and cut") {
    const std::string svg =
        forest_plot({"<d>", true}, {{"<a>", "not defined"}, {std::string(90, 'x'), "+1.000"}});
    DOCTEST_CHECK(count(svg, "class=\"estimate") == 0);
    DOCTEST_CHECK(count(svg, "&lt;a&gt;") == 2);  // in the plot and in its words
    DOCTEST_CHECK(count(svg, "x…</text>") == 1);
    DOCTEST_CHECK(count(svg, "<a>") == 0);
    expect_inside(forest_plot({"d", true}, {}));
  }

  DOCTEST_TEST_CASE("pairs are counted by what is better, pairs without a number apart") {
    const std::vector<PairedValue> pairs{{2, 1, ""}, {1, 2, ""},   {0, 2, ""},
                                         {3, 3, ""}, {nan, 1, ""}, {1, HUGE_VAL, ""}};
    const PairedCounts higher = count_pairs(pairs, true), lower = count_pairs(pairs, false);
    DOCTEST_CHECK(higher.better == 1);
    DOCTEST_CHECK(higher.worse == 2);
    DOCTEST_CHECK(higher.equal == 1);
    DOCTEST_CHECK(higher.left_out == 2);
    DOCTEST_CHECK(lower.better == higher.worse);
    DOCTEST_CHECK(lower.worse == higher.better);
  }

  DOCTEST_TEST_CASE(
      "paired dots draw two points and a line a pair, with the means in words, inside the plot") {
    std::vector<PairedValue> pairs{{0.8, 0.6, "a<b"}, {0.6, 0.7, "c"}, {nan, 0.1, "d"}};
    const PairedScale scale{"Dice", "joint", "alone", 3, true};
    const std::string svg = paired_dots(scale, pairs);
    DOCTEST_CHECK(count(svg, "<circle") == 4);
    DOCTEST_CHECK(count(svg, "class=\"pair up\"") == 1);
    DOCTEST_CHECK(count(svg, "class=\"pair down\"") == 1);
    DOCTEST_CHECK(count(svg, "mean 0.700 joint, 0.650 alone; 1 better, 1 worse, 0 equal") == 1);
    DOCTEST_CHECK(count(svg, "<title>a&lt;b</title>") == 2);
    expect_inside(svg);
    for (const auto& few : std::vector<std::vector<PairedValue>>{{}, {{nan, nan, ""}}, {{1, 1, ""}}})
      expect_inside(paired_dots(scale, few));
  }
}

}  // namespace
}  // namespace tazuna
