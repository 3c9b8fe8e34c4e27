// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/random") {
  DOCTEST_TEST_CASE("equal keys give equal streams") {
    Random a({12345, "sub-01", 3, 7}), b({12345, "sub-01", 3, 7});
    for (int i = 0; i < 100; ++i) DOCTEST_REQUIRE(a.bits() == b.bits());
  }

  DOCTEST_TEST_CASE("the stream of a key never changes") {
    // The program's own first numbers: another value would change every seeded result users have.
    Random random({12345, "sub-01"});
    const uint64_t first = random.bits();
    DOCTEST_CHECK(first == 0x4ab5e230a1acf208);
    DOCTEST_CHECK(random.bits() == 0xf1f0c9e198fc2892);
  }

  DOCTEST_TEST_CASE("keys that differ in any part, its place or their number give other streams") {
    std::set<uint64_t> firsts;
    firsts.insert(Random({}).bits());
    firsts.insert(Random({0}).bits());
    firsts.insert(Random({0, 0}).bits());
    firsts.insert(Random({1, 2}).bits());
    firsts.insert(Random({2, 1}).bits());
    firsts.insert(Random({"a", "b"}).bits());
    firsts.insert(Random({"ab"}).bits());
    firsts.insert(Random({""}).bits());
    DOCTEST_CHECK(firsts.size() == 8);
    for (int64_t i = 0; i < 10000; ++i) firsts.insert(Random({7, i}).bits());
    DOCTEST_CHECK(firsts.size() == 10008);
  }

  DOCTEST_TEST_CASE("uniform numbers lie in [0, 1) with mean 1/2 and variance 1/12") {
    Random random({"uniform"});
    const int draws = 200000;
    double sum = 0, squares = 0;
    for (int i = 0; i < draws; ++i) {
      const double value = random.uniform();
      DOCTEST_REQUIRE(value >= 0);
      DOCTEST_REQUIRE(value < 1);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / draws;
    DOCTEST_CHECK(std::abs(mean - 0.5) < 0.003);
    DOCTEST_CHECK(std::abs(squares / draws - mean * mean - 1.0 / 12) < 0.002);
  }

  DOCTEST_TEST_CASE("normal numbers have the moments of the standard normal") {
    Random random({"normal"});
    const int draws = 200000;
    double sum = 0, squares = 0, cubes = 0, fourths = 0;
    for (int i = 0; i < draws; ++i) {
      const double value = random.normal();
      sum += value;
      squares += value * value;
      cubes += value * value * value;
      fourths += value * value * value * value;
    }
    DOCTEST_CHECK(std::abs(sum / draws) < 0.01);
    DOCTEST_CHECK(std::abs(squares / draws - 1) < 0.015);
    DOCTEST_CHECK(std::abs(cubes / draws) < 0.05);
    DOCTEST_CHECK(std::abs(fourths / draws - 3) < 0.15);
  }

  DOCTEST_TEST_CASE("below() gives each result equally often and nothing else") {
    Random random({"below"});
    std::array<int, 7> counts{};
    for (int i = 0; i < 70000; ++i) ++counts.at(static_cast<size_t>(random.below(7)));
    for (const int count : counts) DOCTEST_CHECK(std::abs(count - 10000) < 400);
    DOCTEST_CHECK(random.below(1) == 0);
    DOCTEST_CHECK_THROWS_AS(random.below(0), Error);
  }

  DOCTEST_TEST_CASE("a permutation holds every number once and mixes them") {
    Random random({"permutation"});
    auto order = random.permutation(1000);
    int fixed = 0;
    for (size_t i = 0; i < order.size(); ++i) fixed += order[i] == static_cast<int64_t>(i);
    DOCTEST_CHECK(fixed < 10);
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); ++i) DOCTEST_REQUIRE(order[i] == static_cast<int64_t>(i));
    DOCTEST_CHECK(random.permutation(0).empty());
  }
}

}  // namespace
}  // namespace tazuna
