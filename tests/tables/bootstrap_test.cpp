// SPDX-License-Identifier: Apache-2.0
#include "tables/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct Series {
  std::vector<double> values;
  std::vector<std::string> persons;

  void add(double value, const std::string& person) {
    values.push_back(value);
    persons.push_back(person);
  }
  MeanInterval mean(uint64_t seed = 0) const {
    return bootstrap_mean(values, persons, interval_level, interval_draws, seed);
  }
};

/// Values of `persons` people with up to three sessions each.
Series random_series(int64_t persons, int64_t most_sessions) {
  Series series;
  Random random({"series", persons, most_sessions});
  for (int64_t person = 0; person < persons; ++person)
    for (int64_t k = random.below(most_sessions); k >= 0; --k)
      series.add(random.normal() + 3, cat("person ", person));
  return series;
}

void check_same(const MeanInterval& a, const MeanInterval& b) {
  DOCTEST_CHECK(a.mean == b.mean);
  DOCTEST_CHECK(a.low == b.low);
  DOCTEST_CHECK(a.high == b.high);
  DOCTEST_CHECK(a.n == b.n);
  DOCTEST_CHECK(a.persons == b.persons);
}

DOCTEST_TEST_SUITE("tables/bootstrap") {
  DOCTEST_TEST_CASE("the order of the rows changes no bit") {
    for (const int64_t sessions : {1, 3}) {
      const Series series = random_series(30, sessions);
      Series mixed;
      for (const int64_t i : Random({"order"}).permutation(static_cast<int64_t>(series.values.size())))
        mixed.add(series.values[static_cast<size_t>(i)], series.persons[static_cast<size_t>(i)]);
      check_same(series.mean(), mixed.mean());
    }
  }

  DOCTEST_TEST_CASE("undefined and infinite values are counted and change nothing else") {
    Series series = random_series(12, 2);
    const MeanInterval before = series.mean();
    series.add(std::nan(""), "person 3");
    series.add(std::numeric_limits<double>::infinity(), "nobody else");
    series.add(-std::numeric_limits<double>::infinity(), "person 1");
    const MeanInterval after = series.mean();
    check_same(before, after);
    DOCTEST_CHECK(after.undefined == 1);
    DOCTEST_CHECK(after.infinite == 2);
    DOCTEST_CHECK(before.undefined + before.infinite == 0);
  }

  DOCTEST_TEST_CASE("without values there is no mean, and one person gives no interval") {
    const MeanInterval none = Series().mean();
    DOCTEST_CHECK(std::isnan(none.mean));
    DOCTEST_CHECK(std::isnan(none.low));
    DOCTEST_CHECK(none.n + none.persons == 0);
    Series one;
    one.add(1, "a");
    one.add(2, "a");
    DOCTEST_CHECK(one.mean().mean == 1.5);
    DOCTEST_CHECK(one.mean().n == 2);
    DOCTEST_CHECK(one.mean().persons == 1);
    DOCTEST_CHECK(std::isnan(one.mean().low));
    DOCTEST_CHECK(std::isnan(one.mean().high));
  }

  DOCTEST_TEST_CASE(
      "of two people the ends are their own means: each is drawn twice in a quarter of the draws") {
    Series series;
    series.add(1, "a");
    series.add(2, "a");
    series.add(6, "b");
    const MeanInterval interval = series.mean();
    DOCTEST_CHECK(interval.mean == 3);
    DOCTEST_CHECK(interval.low == doctest::Approx(1.5));
    DOCTEST_CHECK(interval.high == doctest::Approx(6));
  }

  DOCTEST_TEST_CASE("equal values have an interval of no width") {
    Series series;
    for (int i = 0; i < 20; ++i) series.add(0.1, cat(i));
    DOCTEST_CHECK(series.mean().low == doctest::Approx(0.1).epsilon(1e-14));
    DOCTEST_CHECK(series.mean().high == doctest::Approx(0.1).epsilon(1e-14));
  }

  DOCTEST_TEST_CASE(
      "where draws without the one change exist, that end is zero and not a rounding error beside it") {
    for (const double change : {-1.0, 1.0, 1.0 / 3})
      for (const int64_t persons : {7, 23, 44}) {
        Series series;
        for (int64_t person = 0; person < persons; ++person)
          series.add(person == 3 ? change : 0, cat("person ", person));
        const MeanInterval interval = series.mean();
        DOCTEST_CHECK((change < 0 ? interval.high : interval.low) == 0);
        DOCTEST_CHECK((change < 0 ? interval.low < 0 : interval.high > 0));
      }
  }

  DOCTEST_TEST_CASE("another unit moves the interval with the values") {
    const Series series = random_series(25, 3);
    Series scaled;
    for (size_t i = 0; i < series.values.size(); ++i)
      scaled.add(-7 * series.values[i] + 100, series.persons[i]);
    const MeanInterval a = series.mean(), b = scaled.mean();
    DOCTEST_CHECK(b.mean == doctest::Approx(-7 * a.mean + 100));
    DOCTEST_CHECK(b.low == doctest::Approx(-7 * a.high + 100));
    DOCTEST_CHECK(b.high == doctest::Approx(-7 * a.low + 100));
  }

  DOCTEST_TEST_CASE("copies of a session make the interval no narrower") {
    const Series series = random_series(40, 1);
    Series thrice;
    for (int copy = 0; copy < 3; ++copy)
      for (size_t i = 0; i < series.values.size(); ++i) thrice.add(series.values[i], series.persons[i]);
    const MeanInterval once = series.mean(), copied = thrice.mean();
    DOCTEST_CHECK(copied.n == 3 * once.n);
    DOCTEST_CHECK(copied.persons == once.persons);
    DOCTEST_CHECK(copied.low == doctest::Approx(once.low));
    DOCTEST_CHECK(copied.high == doctest::Approx(once.high));
  }

  DOCTEST_TEST_CASE("of many people the interval is mean ± 1.96 standard errors") {
    const Series series = random_series(400, 1);
    const MeanInterval interval = series.mean();
    double squares = 0;
    for (const double value : series.values) squares += (value - interval.mean) * (value - interval.mean);
    const double error = std::sqrt(squares) / 400;
    DOCTEST_CHECK(interval.low == doctest::Approx(interval.mean - 1.96 * error).epsilon(0.005));
    DOCTEST_CHECK(interval.high == doctest::Approx(interval.mean + 1.96 * error).epsilon(0.005));
  }

  DOCTEST_TEST_CASE("a higher level is wider, and another seed draws others") {
    const Series series = random_series(30, 1);
    const MeanInterval narrow = bootstrap_mean(series.values, series.persons, 0.5);
    DOCTEST_CHECK(narrow.low > series.mean().low);
    DOCTEST_CHECK(narrow.high < series.mean().high);
    DOCTEST_CHECK(series.mean(1).low != series.mean(0).low);
  }

  DOCTEST_TEST_CASE("a value without a person, an impossible level and no draw are errors") {
    const std::vector<double> values{1, 2};
    const std::vector<std::string> one{"a"}, two{"a", "b"};
    DOCTEST_CHECK_THROWS_AS(bootstrap_mean(values, one), Error);
    for (const double level : {0.0, 1.0, -0.5, std::nan("")})
      DOCTEST_CHECK_THROWS_AS(bootstrap_mean(values, two, level), Error);
    DOCTEST_CHECK_THROWS_AS(bootstrap_mean(values, two, 0.95, 0), Error);
  }

  DOCTEST_TEST_CASE("the mean as any statistic has the interval of the mean") {
    for (const int64_t sessions : {1, 3}) {
      const Series series = random_series(25, sessions);
      const auto mean = [&series](std::span<const size_t> rows) {
        double sum = 0;
        for (const size_t row : rows) sum += series.values[row];
        return sum / static_cast<double>(rows.size());
      };
      const MeanInterval expected = bootstrap_mean(series.values, series.persons, 0.9, 500, 7);
      const StatisticInterval found = bootstrap_statistic(series.persons, mean, 0.9, 500, 7);
      DOCTEST_CHECK(found.value == doctest::Approx(expected.mean));
      DOCTEST_CHECK(found.low == doctest::Approx(expected.low));
      DOCTEST_CHECK(found.high == doctest::Approx(expected.high));
      DOCTEST_CHECK(found.draws_defined == 500);
    }
  }

  DOCTEST_TEST_CASE("draws in which a statistic is undefined are left out and counted") {
    const std::vector<std::string> persons{"a", "b"};
    const auto both = [](std::span<const size_t> rows) {
      return rows[0] == rows[1] ? std::nan("") : static_cast<double>(rows[0] + rows[1]);
    };
    const StatisticInterval interval = bootstrap_statistic(persons, both);
    DOCTEST_CHECK(interval.value == 1);
    DOCTEST_CHECK(interval.low == 1);
    DOCTEST_CHECK(interval.high == 1);
    DOCTEST_CHECK(interval.draws_defined > 850);
    DOCTEST_CHECK(interval.draws_defined < 1150);
    const auto never = [](std::span<const size_t>) { return std::nan(""); };
    DOCTEST_CHECK(std::isnan(bootstrap_statistic(persons, never).low));
    DOCTEST_CHECK(bootstrap_statistic(persons, never).draws_defined == 0);
    const std::vector<std::string> one{"a", "a"};
    const auto count = [](std::span<const size_t> rows) { return static_cast<double>(rows.size()); };
    DOCTEST_CHECK(bootstrap_statistic(one, count).value == 2);
    DOCTEST_CHECK(std::isnan(bootstrap_statistic(one, count).high));
    DOCTEST_CHECK_THROWS_AS(bootstrap_statistic(one, count, 1), Error);
  }

  DOCTEST_TEST_CASE("intervals are SciPy's, and NumPy's for people with several sessions") {
    const ScratchFolder folder;
    if (!run_python("tables/golden/bootstrap.py", {folder.path() / "series"})) return;
    std::ifstream file(folder.path() / "series");
    int read = 0;
    for (std::string figures, values; std::getline(file, figures) && std::getline(file, values); ++read) {
      double low = 0, high = 0, spread = 0;
      std::istringstream(figures) >> low >> high >> spread;
      Series series;
      for (const std::string& word : split_text(values, ' ')) {
        const auto parts = split_text(word, ':');
        series.add(std::stod(parts.at(1)), parts.at(0));
      }
      const MeanInterval interval = series.mean();
      DOCTEST_CAPTURE(read);
      // The end of an interval from 10 000 draws is known to about 0.03 standard errors.
      DOCTEST_CHECK(std::abs(interval.low - low) < 0.15 * spread);
      DOCTEST_CHECK(std::abs(interval.high - high) < 0.15 * spread);
    }
    DOCTEST_CHECK(read == 16);
  }
}

}  // namespace
}  // namespace tazuna
