// SPDX-License-Identifier: Apache-2.0
#include "report/selection.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::string chosen_text(const std::string& rows) {
  std::string text;
  for (const ChosenCase& one :
       chosen_cases(read_table("case\ttask\tstructure\tdice\n" + rows, '\t', "cases.tsv")))
    text += one.role + " " + one.case_id + "|";
  return text;
}

DOCTEST_TEST_SUITE("report/selection") {
  DOCTEST_TEST_CASE("worst, median and best are those of the mean Dice over structures") {
    DOCTEST_CHECK(chosen_text("a\tt\tx\t0.9\na\tt\ty\t0.1\n"
                              "b\tt\tx\t0.6\nb\tt\ty\t0.6\n"
                              "c\tt\tx\t0.7\nc\tt\ty\t0.7\n") == "worst of 3 a|median of 3 b|best of 3 c|");
  }

  DOCTEST_TEST_CASE("the median of an even number is the worse of the middle two") {
    DOCTEST_CHECK(chosen_text("a\tt\tx\t0.4\nb\tt\tx\t0.3\nc\tt\tx\t0.2\nd\tt\tx\t0.1\n") ==
                  "worst of 4 d|median of 4 c|best of 4 a|");
  }

  DOCTEST_TEST_CASE("few cases are named for what they are, those without a Dice are not ranked") {
    DOCTEST_CHECK(chosen_text("") == "");
    DOCTEST_CHECK(chosen_text("a\tt\tx\tn/a\n") == "");
    DOCTEST_CHECK(chosen_text("a\tt\tx\tn/a\nb\tt\tx\t0\n") == "the only case b|");
    DOCTEST_CHECK(chosen_text("a\tt\tx\t0.5\nb\tt\tx\t0\n") == "worst of 2 b|best of 2 a|");
    DOCTEST_CHECK(chosen_text("a\tt\tx\t0.5\na\tt\ty\tn/a\nb\tt\tx\t0.4\nb\tt\ty\t0.8\n") ==
                  "worst of 2 a|best of 2 b|");
  }

  DOCTEST_TEST_CASE("each task has its own choice") {
    DOCTEST_CHECK(chosen_text("a\tt\tx\t0.5\na\tu\ty\t0.1\nb\tt\tx\t0.4\nb\tu\ty\t0.8\n") ==
                  "worst of 2 b|best of 2 a|worst of 2 a|best of 2 b|");
  }
}

}  // namespace
}  // namespace tazuna
