// SPDX-License-Identifier: Apache-2.0
#include "data/odd_values.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::string told(const std::vector<std::string>& values) {
  std::vector<Subject> subjects;
  for (const std::string& value : values) {
    Subject& subject = subjects.emplace_back();
    subject.id = "sub-" + std::to_string(subjects.size());
    if (!value.empty()) subject.values["age"] = value;
  }
  return odd_values(subjects, "age");
}

}  // namespace

DOCTEST_TEST_SUITE("data/odd_values") {
  DOCTEST_TEST_CASE("a mark for an unknown number is told with its case and the others' median") {
    DOCTEST_CHECK(told({"31", "-999", "34", "37", "n/a"}) ==
                  "age of sub-2 is -999, far from the others (median 34); write n/a if it is unknown");
    for (const std::string mark : {"-9", "-99", "999", "9999", "999.0"}) {
      DOCTEST_CHECK(told({"31", mark, "34", "37"}) == "age of sub-2 is " + mark +
                                                          ", far from the others (median 34); write n/a if "
                                                          "it is unknown");
      DOCTEST_CHECK(told({"1", mark, "1", "1"}) != "");  // without a spread too
    }
  }

  DOCTEST_TEST_CASE("where most numbers are marks, they are told all the same") {
    DOCTEST_CHECK(told({"-9", "-9", "-9", "50", "-9", "60", "53"}) ==
                  "age of sub-1 is -9, of sub-2 is -9, of sub-3 is -9 (and 1 more case), far from the others "
                  "(median 53); write n/a where they are unknown");
  }

  DOCTEST_TEST_CASE("a number among others is none of the marks") {
    DOCTEST_CHECK(told({"-10", "-9", "-8", "-7"}) == "");
    DOCTEST_CHECK(told({"-7", "-9", "-8"}) == "");
    DOCTEST_CHECK(told({"-50", "-9", "50", "20"}) == "");
    DOCTEST_CHECK(told({"997", "998", "999", "1000"}) == "");
    DOCTEST_CHECK(told({"-9", "-9"}) == "");
  }

  DOCTEST_TEST_CASE("numbers of any kind are told from ten median deviations on") {
    DOCTEST_CHECK(told({"30", "31", "32", "33", "34", "45"}) == "");
    DOCTEST_CHECK(told({"30", "31", "32", "33", "34", "340"}) ==
                  "age of sub-6 is 340, far from the others (median 32.5); write n/a if it is unknown");
  }

  DOCTEST_TEST_CASE("rare ones among zeros, words and columns of nobody are not spoken of") {
    DOCTEST_CHECK(told({"0", "0", "0", "0", "1"}) == "");
    DOCTEST_CHECK(told({"old", "-9", "31"}) == "");
    DOCTEST_CHECK(told({"", "n/a"}) == "");
    DOCTEST_CHECK(told({}) == "");
  }
}
