// SPDX-License-Identifier: Apache-2.0
#include "report/svg.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("report/svg") {
  DOCTEST_TEST_CASE("ticks are evenly spaced round numbers inside the range, for every scale") {
    for (const double scale : {1e-9, 0.003, 0.7, 1.0, 42.0, 1981.0, 3e8}) {
      for (const double start : {-1.0, 0.0, 0.13, 17.0}) {
        const double low = start * scale, high = (start + 1) * scale;
        const auto ticks = nice_ticks(low, high, 5);
        DOCTEST_CAPTURE(low);
        DOCTEST_CAPTURE(high);
        DOCTEST_REQUIRE(ticks.size() >= 2);
        DOCTEST_CHECK(ticks.size() <= 11);
        const double step = ticks[1] - ticks[0];
        const double leading = step / std::pow(10, std::floor(std::log10(step * (1 + 1e-9))));
        DOCTEST_CHECK(
            (std::abs(leading - 1) < 1e-6 || std::abs(leading - 2) < 1e-6 || std::abs(leading - 5) < 1e-6));
        for (size_t i = 0; i < ticks.size(); ++i) {
          DOCTEST_CHECK(ticks[i] >= low - 1e-9 * step);
          DOCTEST_CHECK(ticks[i] <= high + 1e-9 * step);
          if (i > 0) DOCTEST_CHECK(ticks[i] - ticks[i - 1] == doctest::Approx(step));
        }
      }
    }
    DOCTEST_CHECK(nice_ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
    DOCTEST_CHECK(tick_digits(nice_ticks(0, 1, 5)) == 1);
    DOCTEST_CHECK(tick_digits(nice_ticks(0, 2000, 5)) == 0);
    DOCTEST_CHECK(tick_digits(nice_ticks(0, 0.003, 5)) == 3);
  }

  DOCTEST_TEST_CASE("a range without width or numbers has no ticks but an Error") {
    const double inf = std::numeric_limits<double>::infinity();
    DOCTEST_CHECK_THROWS_AS(nice_ticks(1, 1, 5), Error);
    DOCTEST_CHECK_THROWS_AS(nice_ticks(0, inf, 5), Error);
    DOCTEST_CHECK_THROWS_AS(nice_ticks(std::nan(""), 1, 5), Error);
  }

  DOCTEST_TEST_CASE("a span holds all finite values and is never empty") {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
    for (const auto& values : std::vector<std::vector<double>>{{},
                                                               {nan, inf},
                                                               {3},
                                                               {0, 0},
                                                               {-2, -2, nan},
                                                               {1, 2, inf},
                                                               {1e-12, 2e-12},
                                                               {1e9, 1e9 + 1e-6},
                                                               {-5, 5}}) {
      const ValueSpan span = span_of(values);
      DOCTEST_CHECK(span.low < span.high);
      DOCTEST_CHECK_NOTHROW(nice_ticks(span.low, span.high, 5));
      for (const double value : values) {
        if (!std::isfinite(value)) continue;
        DOCTEST_CHECK(span.low < value);
        DOCTEST_CHECK(value < span.high);
      }
    }
  }

  DOCTEST_TEST_CASE("coordinates are short and plain; one that is no number is an Error") {
    DOCTEST_CHECK(coordinate(12) == "12");
    DOCTEST_CHECK(coordinate(12.5) == "12.5");
    DOCTEST_CHECK(coordinate(1.0 / 3) == "0.33");
    DOCTEST_CHECK(coordinate(-0.001) == "0");
    DOCTEST_CHECK(coordinate(100) == "100");
    DOCTEST_CHECK_THROWS_AS(coordinate(std::nan("")), Error);
    DOCTEST_CHECK_THROWS_AS(coordinate(1e12), Error);
  }

  DOCTEST_TEST_CASE("a plot area maps its ranges onto its edges, y upwards") {
    const PlotArea area(10, 20, 110, 220, {0, 1}, {-1, 1});
    DOCTEST_CHECK(area.x(0) == 10);
    DOCTEST_CHECK(area.x(1) == 110);
    DOCTEST_CHECK(area.y(-1) == 220);
    DOCTEST_CHECK(area.y(1) == 20);
    DOCTEST_CHECK(area.y(0) == 120);
  }

  DOCTEST_TEST_CASE("a curve is broken where a value is missing") {
    Drawing drawing(10, 10, "a <curve>");
    drawing.curve({1, 2, 3, 4, 5}, {1, 1, std::nan(""), 2, 2}, "c");
    const std::string svg = drawing.finish();
    DOCTEST_CHECK(svg.find("d=\"M1 1L2 1M4 2L5 2\"") != std::string::npos);
    DOCTEST_CHECK(svg.find("aria-label=\"a &lt;curve&gt;\"") != std::string::npos);
    DOCTEST_CHECK(svg.ends_with("</svg>"));
  }
}

}  // namespace
}  // namespace tazuna
