// SPDX-License-Identifier: Apache-2.0
#include "report/roc_band.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Scores of `count` persons of alternating truth that lie `apart` standard deviations apart.
struct People {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  std::vector<std::string> persons;
  People(int count, double apart) {
    Random random({"people", count});
    for (int i = 0; i < count; ++i) {
      positive.push_back(i % 2 == 1);
      scores.push_back(random.normal() + (i % 2 == 1 ? apart : 0));
      persons.push_back(cat("p", i));
    }
  }
};

DOCTEST_TEST_SUITE("report/roc_band") {
  DOCTEST_TEST_CASE("between corners a curve is straight, above a corner its upper end counts") {
    const std::vector<RocPoint> curve{{9, 0, 0}, {8, 0.4, 0}, {7, 0.6, 0.5}, {6, 1, 0.5}, {5, 1, 1}};
    struct Row {
      double rate, sensitivity;
    };
    for (const auto& [rate, sensitivity] :
         std::vector<Row>{{0, 0.4}, {0.25, 0.5}, {0.5, 1}, {0.75, 1}, {1, 1}})
      DOCTEST_CHECK(sensitivity_at(curve, rate) == doctest::Approx(sensitivity));
    DOCTEST_CHECK(sensitivity_at({}, 0.5) == 0);
  }

  DOCTEST_TEST_CASE("a band rises, ends at 1, and holds the curve of a fair sample") {
    const People people(200, 1);
    const RocBand band = roc_band(people.scores, people.positive, people.persons);
    const auto curve = roc_curve(people.scores, people.positive);
    DOCTEST_REQUIRE(band.low.size() == 101);
    DOCTEST_CHECK(band.high.back() == 1);
    DOCTEST_CHECK(std::is_sorted(band.low.begin(), band.low.end()));
    DOCTEST_CHECK(std::is_sorted(band.high.begin(), band.high.end()));
    int outside = 0;
    for (size_t i = 0; i <= 100; ++i) {
      const double sensitivity = sensitivity_at(curve, band.false_positive_rate[i]);
      outside += sensitivity < band.low[i] || sensitivity > band.high[i];
    }
    DOCTEST_CHECK(outside == 0);
  }

  DOCTEST_TEST_CASE("four times as many persons make the band about half as wide") {
    const auto width = [](int count) {
      const People people(count, 1);
      const RocBand band = roc_band(people.scores, people.positive, people.persons);
      return band.high[30] - band.low[30];
    };
    DOCTEST_CHECK(width(400) < 0.75 * width(100));
    DOCTEST_CHECK(width(400) > 0.3 * width(100));
  }

  DOCTEST_TEST_CASE("a band does not depend on the order of the cases") {
    People people(60, 1);
    const RocBand band = roc_band(people.scores, people.positive, people.persons, 100);
    std::reverse(people.scores.begin(), people.scores.end());
    std::reverse(people.positive.begin(), people.positive.end());
    std::reverse(people.persons.begin(), people.persons.end());
    DOCTEST_CHECK(roc_band(people.scores, people.positive, people.persons, 100).low == band.low);
  }

  DOCTEST_TEST_CASE("a perfect classifier's band is a line, one person of a class has none") {
    const People people(40, 100);
    const RocBand band = roc_band(people.scores, people.positive, people.persons);
    DOCTEST_CHECK(band.low.front() == 1);
    DOCTEST_CHECK(band.high.front() == 1);
    const std::vector<std::string> same{"a", "a", "b", "b"};
    DOCTEST_CHECK(
        roc_band(std::vector<double>{1, 2, 3, 4}, std::vector<uint8_t>{1, 1, 0, 0}, same).low.empty());
    DOCTEST_CHECK_THROWS_AS(roc_band(std::vector<double>{1}, std::vector<uint8_t>{1, 0}, same), Error);
  }
}

}  // namespace
}  // namespace tazuna
