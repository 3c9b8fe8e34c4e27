// SPDX-License-Identifier: Apache-2.0
#include "report/plots_answers.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "report/svg.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// The corners of the curve in a drawing, in its units: "M62 334L62 8L388 8".
std::string curve_path(const std::string& svg) {
  const size_t at = svg.rfind("<path d=\"") + 9;
  return svg.substr(at, svg.find('"', at) - at);
}

DOCTEST_TEST_SUITE("report/plots_answers") {
  DOCTEST_TEST_CASE(
      "the ROC curve of a perfect classifier goes through the upper left corner, chance is the diagonal") {
    const std::string perfect = roc_plot({{"perfect", 0, {0, 0, 1}, {0, 1, 1}, {}}});
    DOCTEST_CHECK(curve_path(perfect) == "M62 334L62 8L388 8");
    const std::string chance = roc_plot({{"chance", 0, {0, 1}, {0, 1}, {}}});
    DOCTEST_CHECK(curve_path(chance) == "M62 334L388 8");
    DOCTEST_CHECK(count(chance, "<line x1=\"62\" y1=\"334\" x2=\"388\" y2=\"8\" class=\"no-difference\"/>") ==
                  1);
  }

  DOCTEST_TEST_CASE(
      "a ROC plot names every line, keeps the arms' colours and draws bands where there are any") {
    const RocBand band{{0, 1}, {0, 0.9}, {0.2, 1}};
    const std::string svg =
        roc_plot({{"<joint>", 0, {0, 1}, {0, 1}, band}, {"volumes", 4, {0, 1}, {0, 1}, {}}});
    DOCTEST_CHECK(count(svg, ">&lt;joint&gt;</text>") == 1);
    DOCTEST_CHECK(count(svg, ">volumes</text>") == 1);
    DOCTEST_CHECK(count(svg, "class=\"band f1\"") == 1);
    DOCTEST_CHECK(count(svg, "class=\"curve c5 d1\"") == 2);  // the line and its sample
    expect_inside(svg);
    expect_inside(roc_plot({}));
  }

  DOCTEST_TEST_CASE("a confusion matrix shows each count and each share of a row, for few and many classes") {
    const std::string svg = confusion_plot({"II", "III"}, {{30, 10}, {0, 0}});
    for (const char* text : {">30</text>", ">10</text>", ">75 %</text>", ">25 %</text>"})
      DOCTEST_CHECK(count(svg, text) == 1);
    DOCTEST_CHECK(count(svg, ">0</text>") == 2);  // without a share
    DOCTEST_CHECK(count(svg, "Truth II: 30 answered II, 10 answered III.") == 1);
    DOCTEST_CHECK(count(svg, "class=\"cell s8\"") == 1);
    expect_inside(svg);
    for (const size_t classes : {1, 3, 7, 12}) {
      const std::vector<std::string> names(classes, "a class of long name & more");
      expect_inside(confusion_plot(
          names, std::vector<std::vector<int64_t>>(classes, std::vector<int64_t>(classes, 3))));
    }
  }

  DOCTEST_TEST_CASE(
      "reliability bins hold every case once, and their means and shares are those of their cases") {
    Random random({"bins"});
    std::vector<double> probabilities{0, 1};
    std::vector<uint8_t> happened{0, 1};
    for (int i = 0; i < 500; ++i) {
      probabilities.push_back(random.uniform());
      happened.push_back(random.chance(probabilities.back()));
    }
    int64_t cases = 0;
    double sum = 0, yes = 0, expected = 0, expected_yes = 0;
    for (const ReliabilityBin& bin : reliability_bins(probabilities, happened, 10)) {
      cases += bin.n;
      sum += bin.predicted * static_cast<double>(bin.n);
      yes += bin.observed * static_cast<double>(bin.n);
      DOCTEST_CHECK(bin.low <= bin.observed);
      DOCTEST_CHECK(bin.observed <= bin.high);
      DOCTEST_CHECK(bin.low >= 0);
      DOCTEST_CHECK(bin.high <= 1);
    }
    for (size_t i = 0; i < probabilities.size(); ++i) {
      expected += probabilities[i];
      expected_yes += happened[i];
    }
    DOCTEST_CHECK(cases == 502);
    DOCTEST_CHECK(sum == doctest::Approx(expected));
    DOCTEST_CHECK(yes == doctest::Approx(expected_yes));
    DOCTEST_CHECK(reliability_bins({}, {}, 5).empty());
    DOCTEST_CHECK_THROWS_AS(reliability_bins({0.5}, {}, 5), Error);
  }

  DOCTEST_TEST_CASE("Wilson's interval of a bin agrees with the textbook: 8 of 10 lies in 0.490 to 0.943") {
    const auto bins = reliability_bins(std::vector<double>(10, 0.8), {1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 5);
    DOCTEST_REQUIRE(bins.size() == 1);
    DOCTEST_CHECK(bins[0].low == doctest::Approx(0.490).epsilon(0.002));
    DOCTEST_CHECK(bins[0].high == doctest::Approx(0.943).epsilon(0.002));
  }

  DOCTEST_TEST_CASE("a reliability diagram draws a point a bin inside the drawing") {
    const auto bins = reliability_bins({0.1, 0.4, 0.9, 0.95}, {0, 0, 1, 1}, 5);
    const std::string svg = reliability_plot("said", "happened", {{"a", 0, bins}, {"b", 1, bins}});
    DOCTEST_CHECK(count(svg, "<circle") == 2 * bins.size());
    expect_inside(svg);
  }

  DOCTEST_TEST_CASE("truths and answers have one scale, so that right answers lie on the line of equality") {
    const std::string svg = truth_plot("years", {{20, 20, "a"}, {50, 50, "b<"}, {80, 80, "c"}});
    const auto x = attribute_values(svg, "cx"), y = attribute_values(svg, "cy");
    DOCTEST_REQUIRE(x.size() == 3);
    for (size_t i = 0; i < 3; ++i) DOCTEST_CHECK(x[i] - 62 == doctest::Approx(334 - y[i]));
    DOCTEST_CHECK(count(svg, "slope 1.00") == 1);
    DOCTEST_CHECK(count(svg, "truth (years)") == 1);
    DOCTEST_CHECK(count(svg, "<title>b&lt;</title>") == 1);
    expect_inside(svg);
  }

  DOCTEST_TEST_CASE("equal truths have no fitted line, one case and none can be drawn") {
    DOCTEST_CHECK(count(truth_plot("", {{3, 1, ""}, {3, 2, ""}}), "least-squares line</text>") == 0);
    expect_inside(truth_plot("", {{3, 1, ""}}));
    expect_inside(truth_plot("", {}));
  }
}

}  // namespace
}  // namespace tazuna
