// SPDX-License-Identifier: Apache-2.0
#include "phantom/people.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::vector<Person> drawn(const PhantomOptions& options) {
  return draw_people(options, preset_of(options.like, options.field));
}

/// Pearson's correlation of `value` with the group.
template <class Value>
double correlation(const std::vector<Person>& people, const Value& value) {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const Person& person : people) {
    const double a = value(person), b = static_cast<double>(person.group);
    n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
  }
  return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
}

DOCTEST_TEST_SUITE("phantom/people") {
  DOCTEST_TEST_CASE("groups are halves and spread evenly over the sites") {
    for (const int64_t subjects : {1, 2, 7, 40, 101}) {
      for (const int64_t sites : {1, 2, 5}) {
        if (sites > subjects) continue;
        const auto people = drawn({.subjects = subjects, .sites = sites, .seed = 3});
        DOCTEST_REQUIRE(people.size() == static_cast<size_t>(subjects));
        int64_t second = 0;
        std::vector<int64_t> difference(static_cast<size_t>(sites), 0);
        for (const Person& person : people) {
          second += person.group;
          difference[static_cast<size_t>(person.site)] += person.group == 1 ? 1 : -1;
        }
        DOCTEST_CHECK(second == subjects / 2);
        for (const int64_t one : difference) DOCTEST_CHECK(std::abs(one) <= 1);
      }
    }
  }

  DOCTEST_TEST_CASE("order, site, age and sex know nothing of the group") {
    const auto people = drawn({.subjects = 4000, .sites = 4, .seed = 5});
    const double chance = 4 / std::sqrt(4000.0);
    DOCTEST_CHECK(std::abs(correlation(people, [](const Person& p) { return double(p.number); })) < chance);
    DOCTEST_CHECK(std::abs(correlation(people, [](const Person& p) { return double(p.site); })) < chance);
    DOCTEST_CHECK(std::abs(correlation(people, [](const Person& p) { return double(p.age); })) < chance);
    DOCTEST_CHECK(std::abs(correlation(people, [](const Person& p) { return double(p.sex == "F"); })) <
                  chance);
    DOCTEST_CHECK(std::abs(correlation(people, [](const Person& p) { return p.ventricle_factor; })) < chance);
  }

  DOCTEST_TEST_CASE("the ideal observer is right as often as the effect promises") {
    struct Row {
      double effect, accuracy;  // Phi(effect / 2)
    };
    for (const std::string& like : preset_names()) {
      for (const Row row : {Row{3.3, 0.9505}, Row{1.0, 0.6915}}) {
        const auto people = drawn({.like = like, .subjects = 6000, .effect = row.effect, .seed = 11});
        const auto right = std::count_if(people.begin(), people.end(), [](const Person& person) {
          return (person.probability > 0.5) == (person.group == 1);
        });
        DOCTEST_CAPTURE(like);
        DOCTEST_CHECK(static_cast<double>(right) / 6000 == doctest::Approx(row.accuracy).epsilon(0.025));
      }
    }
  }

  DOCTEST_TEST_CASE("the ideal observer's probabilities are calibrated") {
    const auto people = drawn({.like = "glioma", .subjects = 9000, .effect = 1.5, .seed = 2});
    for (double low = 0; low < 0.99; low += 0.25) {
      double n = 0, promised = 0, second = 0;
      for (const Person& person : people) {
        if (person.probability < low || person.probability >= low + 0.25) continue;
        n += 1, promised += person.probability, second += static_cast<double>(person.group);
      }
      DOCTEST_CHECK(std::abs(promised - second) / n < 0.05);
    }
  }

  DOCTEST_TEST_CASE("without an effect the volumes of the groups are alike and the observer knows nothing") {
    const auto people = drawn({.subjects = 4000, .effect = 0, .seed = 9});
    for (const Person& person : people) DOCTEST_REQUIRE(person.probability == 0.5);
    const auto left = [](const Person& p) { return std::log(p.pair_factor[0]); };
    DOCTEST_CHECK(std::abs(correlation(people, left)) < 4 / std::sqrt(4000.0));
  }

  DOCTEST_TEST_CASE("disease shrinks the pair and adds to the lesions") {
    const auto thin = drawn({.subjects = 400, .seed = 1});
    DOCTEST_CHECK(correlation(thin, [](const Person& p) { return p.pair_factor[0] + p.pair_factor[1]; }) <
                  -0.5);
    const auto ill = drawn({.like = "stroke", .subjects = 400, .seed = 1});
    DOCTEST_CHECK(correlation(ill, [](const Person& p) { return p.lesion_ml; }) > 0.5);
  }

  DOCTEST_TEST_CASE("the Rankin scale keeps the groups apart at 2 and follows the load within them") {
    const auto people = drawn({.like = "stroke", .subjects = 4000, .seed = 6});
    std::array<double, 7> load{}, count{};
    for (const Person& person : people) {
      DOCTEST_REQUIRE(person.rankin.has_value());
      const auto level = static_cast<size_t>(person.rankin.value());
      DOCTEST_REQUIRE((level > 2) == (person.group == 1));
      load.at(level) += std::log(person.lesion_ml);
      count.at(level) += 1;
    }
    for (size_t level = 0; level < 7; ++level) {
      DOCTEST_CHECK(count[level] == doctest::Approx(level > 2 ? 500 : 667).epsilon(0.15));
      if (level > 0) DOCTEST_CHECK(load[level] / count[level] > load[level - 1] / count[level - 1]);
    }
  }

  DOCTEST_TEST_CASE("without an effect the Rankin scale knows nothing of the load") {
    const auto people = drawn({.like = "stroke", .subjects = 4000, .effect = 0, .seed = 6});
    const auto of_group = [&](int64_t group) {
      double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
      for (const Person& person : people) {
        if (person.group != group) continue;
        const double a = std::log(person.lesion_ml), b = static_cast<double>(person.rankin.value());
        n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
      }
      return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
    };
    for (const int64_t group : {0, 1}) DOCTEST_CHECK(std::abs(of_group(group)) < 4 / std::sqrt(2000.0));
  }

  DOCTEST_TEST_CASE("the asked share of people lacks sequences, and nobody lacks all") {
    for (const double missing : {0.0, 0.3, 1.0}) {
      const auto people = drawn({.like = "tbi", .subjects = 60, .seed = 4, .missing = missing});
      int64_t affected = 0;
      for (const Person& person : people) {
        const auto there = std::count(person.has.begin(), person.has.end(), true);
        DOCTEST_CHECK(there >= 1);
        affected += there < 3;
      }
      DOCTEST_CHECK(affected == std::llround(missing * 60));
    }
  }

  DOCTEST_TEST_CASE("names are distinct and sort by number") {
    for (const int64_t subjects : {3, 99, 120}) {
      const auto people = drawn({.subjects = subjects});
      std::set<std::string> names;
      for (const Person& person : people) {
        DOCTEST_CHECK((names.empty() || *names.rbegin() < person.id));
        names.insert(person.id);
      }
      DOCTEST_CHECK(names.size() == people.size());
    }
  }
}

}  // namespace
}  // namespace tazuna
