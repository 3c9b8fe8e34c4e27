// SPDX-License-Identifier: Apache-2.0
#include "data/header_remarks.hpp"

#include "tests/refusal.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

CasePrint print_of(const char* id, double grids_apart, double seconds, double header_seconds) {
  CasePrint print{};
  print.id = id;
  print.grids_apart = grids_apart;
  print.frame_seconds = seconds;
  print.header_seconds = header_seconds;
  return print;
}

}  // namespace

DOCTEST_TEST_SUITE("data/header_remarks") {
  DOCTEST_TEST_CASE("headers that agree are not spoken of") {
    DOCTEST_CHECK(header_remarks({}).empty());
    DOCTEST_CHECK(
        header_remarks({print_of("a", 0, 0, 0), print_of("b", 0, 2, 2.001), print_of("c", 0, 2, 0)}).empty());
  }

  DOCTEST_TEST_CASE("of grids the greatest distance is told, of repetition times both") {
    const auto told = header_remarks({print_of("a", 0.0134, 0, 0), print_of("b", 0.0631, 0, 0),
                                      print_of("c", 0, 2.5, 1), print_of("d", 0, 2, 2.0011)});
    DOCTEST_REQUIRE(told.size() == 2);
    const auto slow = header_remarks({print_of("a", 0, 3, 0), print_of("b", 0, 720, 0)});
    DOCTEST_REQUIRE(slow.size() == 1);
    DOCTEST_CHECK(says(slow[0], "the repetition time of b is 720 s; is it in milliseconds?"));
    DOCTEST_CHECK_MESSAGE(says(told[0], "in 2 cases, at most by 0.063 mm at a corner (b)"), told[0]);
    DOCTEST_CHECK_MESSAGE(
        says(told[1], "in 2 cases: c has 1 s in its header (pixdim[4]) and 2.5 s in its JSON file"), told[1]);
  }
}
