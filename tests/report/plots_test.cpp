// SPDX-License-Identifier: Apache-2.0
#include "report/plots.hpp"

#include <cmath>
#include <limits>

#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan = std::nan("");

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

BoxRow row_of(const std::string& name, const std::vector<double>& values) {
  BoxRow row{name, {}};
  for (const double value : values) row.values.push_back({value, "case"});
  return row;
}

DOCTEST_TEST_SUITE("report/plots") {
  DOCTEST_TEST_CASE("agreement is the mean difference and 1.96 standard deviations with n - 1") {
    const Agreement agreement = agreement_of({1, 2, 3, 4, nan, inf});
    DOCTEST_CHECK(agreement.n == 4);
    DOCTEST_CHECK(agreement.bias == doctest::Approx(2.5));
    const double sd = std::sqrt(5.0 / 3);
    DOCTEST_CHECK(agreement.low == doctest::Approx(2.5 - 1.96 * sd));
    DOCTEST_CHECK(agreement.high == doctest::Approx(2.5 + 1.96 * sd));
    DOCTEST_CHECK(std::isnan(agreement_of({}).bias));
    DOCTEST_CHECK(agreement_of({7}).bias == 7);
    DOCTEST_CHECK(std::isnan(agreement_of({7}).low));
  }

  DOCTEST_TEST_CASE("agreement of two measurements does not depend on the order of the cases") {
    Random random({"agreement"});
    std::vector<double> differences, backwards;
    for (int i = 0; i < 40; ++i) differences.push_back(random.normal());
    backwards.assign(differences.rbegin(), differences.rend());
    DOCTEST_CHECK(agreement_of(differences).high == doctest::Approx(agreement_of(backwards).high));
  }

  DOCTEST_TEST_CASE("a box plot shows each finite case, says how many it cannot show and knows the median") {
    const std::string svg =
        box_plot({"HD95 (mm)", 2, {0, inf}}, {row_of("lesion", {1, 2, 3, 4, 5, inf, inf, nan})});
    DOCTEST_CHECK(count(svg, "<circle") == 5);
    DOCTEST_CHECK(count(svg, "class=\"median\"") == 1);
    DOCTEST_CHECK(svg.find("2 infinite, 1 undefined") != std::string::npos);
    DOCTEST_CHECK(svg.find("median 3.00, quartiles 2.00 to 4.00, 5 cases") != std::string::npos);
  }

  DOCTEST_TEST_CASE("plots of nothing, of one case and of equal cases can be drawn") {
    for (const auto& values :
         std::vector<std::vector<double>>{{}, {nan}, {inf}, {0.9}, {1, 1, 1, 1, 1}, {0, 0, 0, 0}}) {
      const std::string svg = box_plot({"Dice", 3, {0, 1}}, {row_of("a", values), row_of("b", {})});
      DOCTEST_CHECK(svg.ends_with("</svg>"));
      std::vector<Pair> pairs;
      for (const double value : values) pairs.push_back({value, value, "case"});
      DOCTEST_CHECK(agreement_plot("a", "mm³", pairs, 0).ends_with("</svg>"));
      DOCTEST_CHECK(curve_plot("loss", "loss", {{"a", {1}, {values.empty() ? nan : values[0]}}}, true)
                        .ends_with("</svg>"));
    }
    DOCTEST_CHECK(curve_plot("loss", "loss", {}, false).ends_with("</svg>"));
  }

  DOCTEST_TEST_CASE("whiskers reach the last case within 1.5 interquartile ranges") {
    const std::string svg = box_plot({"x", 1}, {row_of("a", {0, 1, 2, 3, 4, 100})});
    // Of 0..4 and 100: quartiles 1.25 and 3.75; the upper whisker ends at 4, where the last inner case lies.
    const ValueSpan shown = span_of({0, 1, 2, 3, 4, 100});
    const PlotArea area(40, 8, 388, 48, shown, {0, 1});
    DOCTEST_CHECK(svg.find("<line x1=\"" + coordinate(area.x(3.75)) + "\" y1=\"28\" x2=\"" +
                           coordinate(area.x(4))) != std::string::npos);
  }

  DOCTEST_TEST_CASE("of a large cohort some points are drawn, the median rests on all") {
    std::vector<double> values;
    for (int i = 0; i < 10001; ++i) values.push_back(i);
    const std::string svg = box_plot({"x", 1}, {row_of("a", values)});
    DOCTEST_CHECK(count(svg, "<circle") <= 1501);
    DOCTEST_CHECK(count(svg, "<circle") > 1000);
    DOCTEST_CHECK(svg.find("median 5000.0") != std::string::npos);
    DOCTEST_CHECK(drawn_one_in(1500) == 1);
    DOCTEST_CHECK(drawn_one_in(0) == 1);
  }

  DOCTEST_TEST_CASE("several curves have a legend with escaped names, one has none") {
    const Curve one{"fold <0>", {1, 2}, {3, 4}}, other{"fold 1", {1, 2}, {4, 5}};
    const std::string svg = curve_plot("Loss", "loss", {one, other}, false);
    DOCTEST_CHECK(svg.find(">fold &lt;0&gt;</text>") != std::string::npos);
    DOCTEST_CHECK(count(svg, "class=\"curve c2\"") == 2);  // the line and its sample
    DOCTEST_CHECK(curve_plot("Loss", "loss", {one}, false).find("</text>fold") == std::string::npos);
  }

  DOCTEST_TEST_CASE("limits of agreement are named outside of them, the bias where there is room between") {
    const auto drawn = [](double spread) {
      std::vector<Pair> pairs{{1000, 0, "x"}};
      for (int i = 0; i < 200; ++i) pairs.push_back({1000 + spread * (i % 2), 1000, "x"});
      return agreement_plot("a", "ml", pairs, 0);
    };
    const std::string wide = drawn(900),
                      narrow = agreement_plot("a", "ml", {{900, 0, ""}, {901, 0, ""}, {902, 0, ""}}, 0);
    DOCTEST_CHECK(wide.find(">bias +") != std::string::npos);
    DOCTEST_CHECK(narrow.find(">bias +") == std::string::npos);
    DOCTEST_CHECK(narrow.find(">upper limit +") < narrow.find(">lower limit +"));
  }

  DOCTEST_TEST_CASE("curves of one name are faint beside their mean, unless their steps differ") {
    const Curve one{"joint", {1, 2}, {3, 4}}, other{"joint", {1, 2}, {5, 8}},
        shifted{"joint", {2, 3}, {1, 1}};
    const std::string svg = curve_plot("Loss", "loss", {one, other}, false);
    DOCTEST_CHECK(count(svg, "class=\"curve c1 faint\"") == 2);
    DOCTEST_CHECK(count(svg, "class=\"curve strong-line c1\"") == 1);
    DOCTEST_CHECK(count(svg, ">joint</text>") == 0);  // one name needs no legend
    DOCTEST_CHECK(count(curve_plot("Loss", "loss", {one, shifted}, false), "class=\"curve c1\"") == 2);
    const Curve mean{"joint", {1, 2}, {4, 6}};
    const auto path = [](const std::string& drawn) {
      const size_t end = drawn.find("\" class=\"curve strong-line");
      return drawn.substr(drawn.rfind("d=\"", end), end - drawn.rfind("d=\"", end));
    };
    DOCTEST_CHECK(path(curve_plot("Loss", "loss", {mean, mean, one, other}, false)) ==
                  path(curve_plot("Loss", "loss", {one, other, mean}, false)));
  }

  DOCTEST_TEST_CASE("long names are cut between letters and a hint is escaped") {
    BoxRow row = row_of("", {});
    for (int i = 0; i < 40; ++i) row.name += "脳";
    row.values.push_back({0.5, "a<b"});
    const std::string svg = box_plot({"Dice", 3, {0, 1}}, {row});
    DOCTEST_CHECK(svg.find("脳…</text>") != std::string::npos);
    DOCTEST_CHECK(svg.find("<title>a&lt;b</title>") != std::string::npos);
  }
}

}  // namespace
}  // namespace tazuna
