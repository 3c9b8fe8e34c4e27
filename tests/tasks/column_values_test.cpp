// SPDX-License-Identifier: Apache-2.0
#include "tasks/column_values.hpp"

#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("tasks/column_values") {
  DOCTEST_TEST_CASE(
      "a value that is missing, empty, blank or n/a is none; others lose the blanks around them") {
    for (const char* none : {"", " ", "n/a", " n/a "})
      DOCTEST_CHECK_FALSE(value_in(person_with(1, {{"grade", none}}), "grade").has_value());
    DOCTEST_CHECK_FALSE(value_in(person_with(1, {}), "grade").has_value());
    DOCTEST_CHECK(value_in(person_with(1, {{"grade", " II "}}), "grade") == "II");
  }

  DOCTEST_TEST_CASE("a number is the whole text and finite") {
    DOCTEST_CHECK(number_of("12.5") == 12.5);
    DOCTEST_CHECK(number_of("-1e-3") == -1e-3);
    DOCTEST_CHECK(number_of("+4") == 4);
    for (const char* text : {"", "old", "12 years", "1,5", "nan", "inf", "+-1", "0x10"}) {
      DOCTEST_CAPTURE(text);
      DOCTEST_CHECK_FALSE(number_of(text).has_value());
    }
  }

  DOCTEST_TEST_CASE("a value is found by its text, else by its number") {
    const std::vector<std::string> levels{"0", "1", "2"};
    DOCTEST_CHECK(place_of("1", levels) == size_t{1});
    DOCTEST_CHECK(place_of("2.0", levels) == size_t{2});
    DOCTEST_CHECK_FALSE(place_of("3", levels).has_value());
    DOCTEST_CHECK_FALSE(place_of("two", levels).has_value());
    DOCTEST_CHECK(place_of("1.0", {"1", "1.0"}) == size_t{1});
  }

  DOCTEST_TEST_CASE("values are found once each, numbers in their order and words in theirs") {
    using Words = std::vector<std::string>;
    DOCTEST_CHECK((values_found(people_with("x", {"10", "9", "9.0", "", "n/a"}), "x") == Words{"9", "10"}));
    DOCTEST_CHECK((values_found(people_with("x", {"b", "a", "10", "9"}), "x") == Words{"10", "9", "a", "b"}));
    DOCTEST_CHECK(values_found({}, "x").empty());
  }

  DOCTEST_TEST_CASE("values that do not fit are one problem that names the first and counts the others") {
    const auto is_number = [](const std::string& value) { return number_of(value).has_value(); };
    const auto sentence = [&](const std::vector<std::string>& values) {
      Problems problems;
      expect_values(people_with("age", values), "age", is_number, "not a number", "tasks: age", problems);
      return problems.empty() ? "" : problems.list().front().sentence;
    };
    DOCTEST_CHECK(sentence({"31", "", "40"}).empty());
    DOCTEST_CHECK(sentence({"31", "", "old"}) == "age of sub-03 is 'old', not a number");
    DOCTEST_CHECK(sentence({"old", "new"}) == "age of sub-01 is 'old', not a number (and 1 more case)");
    DOCTEST_CHECK(sentence({"a", "b", "c"}) == "age of sub-01 is 'a', not a number (and 2 more cases)");
  }
}
