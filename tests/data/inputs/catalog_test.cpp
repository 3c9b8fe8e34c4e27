// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/catalog.hpp"

#include <functional>

#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// "key: sentence" of every problem, a line each.
template <class Options>
std::string told(const std::function<void(Options&)>& change) {
  Options options;
  change(options);
  Problems problems;
  validate(options, problems);
  std::string text;
  for (const Problem& problem : problems.list()) text += problem.where + ": " + problem.sentence + "\n";
  return text;
}

template <class Options>
struct Row {
  std::function<void(Options&)> change;
  const char* says;  ///< all that is told; "" for nothing
};

template <class Options>
void expect_told(const std::vector<Row<Options>>& rows) {
  for (const Row<Options>& row : rows) {
    const std::string text = told<Options>(row.change);
    DOCTEST_CHECK_MESSAGE(text == row.says, text << " is not: " << row.says);
  }
}

}  // namespace

DOCTEST_TEST_SUITE("data/inputs/catalog") {
  DOCTEST_TEST_CASE("what all kinds share is checked for every kind") {
    const auto wrong = [](ImageOptions& options) {
      options.spacing = std::vector<double>{1, 1};
      options.sequences = {"T1w", "T1w"};
    };
    const char* both =
        "spacing: has 2 numbers; a spacing has three: z, y, x\nsequences: 'T1w' stands there twice\n";
    expect_told<StructuralOptions>({{wrong, both}, {[](auto&) {}, ""}});
    expect_told<SliceOptions>({{wrong, both}, {[](auto&) {}, ""}});
    DOCTEST_CHECK(says(told<SeriesOptions>(wrong), both));
    expect_told<StructuralOptions>(
        {{[](auto& one) {
            one.sequences = {"T1w"};
            one.fusion = "late";
          },
          "fusion: late fusion averages over sequences, but there is only 'T1w'; name two or more, or use "
          "fusion: early\n"},
         {[](auto& one) {
            one.sequences = {"T1w", "FLAIR"};
            one.fusion = "late";
            one.missing = "allow";
          },
          ""}});
  }

  DOCTEST_TEST_CASE("a slice is the middle one or that of a column, never both") {
    expect_told<SliceOptions>(
        {{[](auto& one) { one.which = "column"; },
          "column: `which: column` needs the name of the column that holds each case's slice\n"},
         {[](auto& one) { one.column = "best"; },
          "column: the slice is the middle one, so nobody reads 'best'; set which: column or take it out\n"},
         {[](auto& one) {
            one.which = "column";
            one.column = "best";
          },
          ""}});
  }

  DOCTEST_TEST_CASE("a series is one sequence without N4") {
    expect_told<SeriesOptions>(
        {{[](auto& one) { one.sequences = {"bold"}; }, ""},
         {[](auto& one) {
            one.sequences = {"bold", "T1w"};
          },
          "sequences: a series is one 4D sequence, but bold, T1w are named; name one, for example [bold]\n"},
         {[](auto& one) { one.n4 = true; },
          "n4: a series has no N4 correction; correct the images beforehand or take it out\n"}});
  }

  DOCTEST_TEST_CASE("what all kinds share can be changed whatever the kind") {
    for (InputOptions input :
         {InputOptions(StructuralOptions{}), InputOptions(SliceOptions{}), InputOptions(SeriesOptions{})}) {
      images_of(input).missing = "allow";
      DOCTEST_CHECK(std::visit([](const auto& one) { return one.missing; }, input) == "allow");
    }
  }
}
