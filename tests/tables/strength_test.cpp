// SPDX-License-Identifier: Apache-2.0
#include "tables/strength.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

struct People {
  Rows rows;
  std::vector<double> targets;
  std::vector<int64_t> labels;
  std::vector<std::string> persons;
};

/// `noise` sd around a law of the first feature; the same features in `copies` sessions of each person.
People people(int64_t size, double noise, int copies = 1) {
  Random random({"strength", size, copies});
  People result;
  for (int64_t i = 0; i < size; ++i) {
    std::vector<double> row;
    for (int p = 0; p < 8; ++p) row.push_back(random.normal());
    const double target = row[0] + noise * random.normal();
    for (int copy = 0; copy < copies; ++copy) {
      result.rows.push_back(row);
      result.targets.push_back(target);
      result.labels.push_back(target > 0);
      result.persons.push_back(cat("person ", i));
    }
  }
  return result;
}

double chosen(const People& who, uint64_t seed = 0) {
  return choose_strength(who.rows, who.targets, who.persons, seed);
}

DOCTEST_TEST_SUITE("tables/strength") {
  DOCTEST_TEST_CASE("thirteen strengths from a thousandth to a thousand") {
    const std::vector<double> grid = strength_grid();
    DOCTEST_CHECK(grid.size() == 13);
    DOCTEST_CHECK(grid.front() == doctest::Approx(1e-3));
    DOCTEST_CHECK(grid.back() == doctest::Approx(1e3));
  }

  DOCTEST_TEST_CASE("a clear law asks for a weak penalty, noise for a strong one") {
    const People clear = people(60, 0), noisy = people(60, 100);
    DOCTEST_CHECK(chosen(clear) <= 0.01);
    DOCTEST_CHECK(chosen(noisy) >= 1);
    DOCTEST_CHECK(choose_strength(clear.rows, clear.labels, 2, clear.persons, 0) <=
                  choose_strength(noisy.rows, noisy.labels, 2, noisy.persons, 0));
  }

  DOCTEST_TEST_CASE(
      "rows count by the weight of their class, when models are fitted and when they are judged") {
    const People who = people(60, 1);
    const auto weighed = [&who](const std::vector<double>& weights) {
      return choose_strength(who.rows, who.labels, 2, who.persons, 0, weights);
    };
    const double alike = choose_strength(who.rows, who.labels, 2, who.persons, 0);
    DOCTEST_CHECK(weighed({1, 1}) == alike);
    DOCTEST_CHECK(weighed({8, 8}) == alike);
    DOCTEST_CHECK(weighed({1, 0}) ==
                  strength_grid().back());  // one class alone: every strength says the same
  }

  DOCTEST_TEST_CASE("sessions of one person do not hide noise, since they stay in one inner fold") {
    const People copied = people(30, 100, 4);
    DOCTEST_CHECK(chosen(copied) >= 1);
    // Without persons every row has its copies in the training part, and the weakest penalty wins.
    People apart = copied;
    for (size_t i = 0; i < apart.persons.size(); ++i) apart.persons[i] = cat(i);
    DOCTEST_CHECK(chosen(apart) < chosen(copied));
  }

  DOCTEST_TEST_CASE("the order of rows changes nothing, and few persons are enough") {
    const People who = people(40, 1);
    People mixed;
    for (const int64_t i : Random({"order"}).permutation(40)) {
      const auto row = static_cast<size_t>(i);
      mixed.rows.push_back(who.rows[row]);
      mixed.targets.push_back(who.targets[row]);
      mixed.labels.push_back(who.labels[row]);
      mixed.persons.push_back(who.persons[row]);
    }
    DOCTEST_CHECK(chosen(mixed) == chosen(who));
    DOCTEST_CHECK(choose_strength(mixed.rows, mixed.labels, 2, mixed.persons, 3) ==
                  choose_strength(who.rows, who.labels, 2, who.persons, 3));
    DOCTEST_CHECK(std::isfinite(chosen(people(2, 1))));
    DOCTEST_CHECK_THROWS_WITH_AS(chosen(people(1, 1)), doctest::Contains("two persons"), Error);
    People short_of_one = who;
    short_of_one.persons.pop_back();
    DOCTEST_CHECK_THROWS_WITH_AS(chosen(short_of_one), doctest::Contains("39 persons"), Error);
  }
}

}  // namespace
}  // namespace tazuna
