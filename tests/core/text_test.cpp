// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/random.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/text") {
  DOCTEST_TEST_CASE("a number's text reads back as the same bits") {
    Random random({"number_text"});
    for (int i = 0; i < 20000; ++i) {
      const double value = std::ldexp(random.uniform(-1, 1), static_cast<int>(random.below(600)) - 300);
      DOCTEST_REQUIRE(std::strtod(number_text(value).c_str(), nullptr) == value);
    }
    for (const double value : {0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e22}) {
      DOCTEST_CHECK(std::strtod(number_text(value).c_str(), nullptr) == value);
    }
  }

  DOCTEST_TEST_CASE("a number's text is the shortest one") {
    DOCTEST_CHECK(number_text(0.1) == "0.1");
    DOCTEST_CHECK(number_text(1e-5) == "1e-05");
    DOCTEST_CHECK(number_text(3) == "3");
    DOCTEST_CHECK(number_text(std::nan("")) == "nan");
    DOCTEST_CHECK(number_text(-std::numeric_limits<double>::infinity()) == "-inf");
  }

  DOCTEST_TEST_CASE("a clock shows hours only where there are some") {
    DOCTEST_CHECK(clock_text(0) == "0:00");
    DOCTEST_CHECK(clock_text(754) == "12:34");
    DOCTEST_CHECK(clock_text(59.6) == "1:00");
    DOCTEST_CHECK(clock_text(3909) == "1:05:09");
    DOCTEST_CHECK(clock_text(-1) == "?");
    DOCTEST_CHECK(clock_text(std::nan("")) == "?");
  }

  DOCTEST_TEST_CASE("the nearest word is found for slips of the pen only") {
    const std::vector<std::string> keys = {"network", "tasks", "train", "data"};
    DOCTEST_CHECK(nearest("netwerk", keys) == "network");
    DOCTEST_CHECK(nearest("tarin", keys) == "train");
    DOCTEST_CHECK(nearest("DATA", keys) == "data");
    DOCTEST_CHECK(nearest("task", keys) == "tasks");
    DOCTEST_CHECK(nearest("optimiser", keys) == "");
    DOCTEST_CHECK(nearest("", keys) == "");
    DOCTEST_CHECK(nearest("x", {"a"}) == "");
  }

  DOCTEST_TEST_CASE("joining the parts of a split text gives the text") {
    for (const std::string text : {"", "a", "a,b", ",", "a,,b,", ",,"}) {
      DOCTEST_CHECK(join(split_text(text, ','), ",") == text);
    }
    DOCTEST_CHECK(split_text("a,,b", ',').size() == 3);
  }

  DOCTEST_TEST_CASE("trimming takes blanks off both ends alone") {
    DOCTEST_CHECK(trimmed(" \t a b \r\n") == "a b");
    DOCTEST_CHECK(trimmed("  ") == "");
  }
}

}  // namespace
}  // namespace tazuna
