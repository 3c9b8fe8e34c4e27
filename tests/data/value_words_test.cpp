// SPDX-License-Identifier: Apache-2.0
#include "data/value_words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/value_words") {
  DOCTEST_TEST_CASE("values are the same by their text, else by their number, and by nothing else") {
    struct Row {
      const char *one, *other;
      bool same;
    };
    for (const Row& row : {Row{"A", "A", true},
                           {"1", "1.0", true},
                           {"1", "+1", true},
                           {"10", "1e1", true},
                           {"A", "a", false},
                           {"A", "A ", false},
                           {"1", "1.5", false},
                           {"nan", "NaN", false},
                           {"nan", "nan", true},
                           {"", "0", false},
                           {"1 mm", "1", false}}) {
      DOCTEST_CAPTURE(row.one);
      DOCTEST_CAPTURE(row.other);
      DOCTEST_CHECK(place_of(row.one, {row.other}).has_value() == row.same);
      DOCTEST_CHECK(place_of(row.other, {row.one}).has_value() == row.same);
    }
  }

  DOCTEST_TEST_CASE("only what libraries put behind a whole number is taken off, codes stay as they are") {
    for (const char* written : {"1.0", "1.00", "1.0000000000"})
      DOCTEST_CHECK(without_point_zero(written) == "1");
    DOCTEST_CHECK(without_point_zero("-1.0") == "-1");
    DOCTEST_CHECK(without_point_zero("0.0") == "0");
    DOCTEST_CHECK(without_point_zero("9007199254740991.0") == "9007199254740991");
    for (const char* code : {"",
                             "1",
                             "01",
                             "01.0",
                             "1.1",
                             "1.10",
                             "1E2",
                             "1e2.0",
                             "+1",
                             "+1.0",
                             "-0.0",
                             "1.",
                             ".0",
                             ".",
                             "A.0",
                             "1.0.0",
                             " 1.0",
                             "1.0 ",
                             "9007199254740992.0",
                             "99999999999999999999.0"}) {
      DOCTEST_CAPTURE(code);
      DOCTEST_CHECK(without_point_zero(code) == code);
    }
  }
}
