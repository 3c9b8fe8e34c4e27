// SPDX-License-Identifier: Apache-2.0
#include "core/problems.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/problems") {
  DOCTEST_TEST_CASE("no problem throws nothing") {
    DOCTEST_CHECK_NOTHROW(Problems().throw_if_any());
  }

  DOCTEST_TEST_CASE("all problems are told in one error, in the order of adding") {
    Problems problems;
    problems.add("train.steps", "is 0; at least one step is needed");
    problems.add("", "no task is given");
    try {
      problems.throw_if_any();
      DOCTEST_FAIL("nothing was thrown");
    } catch (const Error& error) {
      DOCTEST_CHECK(std::string(error.what()) ==
                    "train.steps: is 0; at least one step is needed\nno task is given");
      DOCTEST_CHECK(error.fault() == Fault::refused);
    }
  }

  DOCTEST_TEST_CASE("each layer that lets an error pass puts its context in front") {
    const auto inner = [] { within("sub-07", [] { throw refused("no image"); }); };
    DOCTEST_CHECK_THROWS_WITH_AS(within("cohort", inner), "cohort: sub-07: no image", Error);
  }

  DOCTEST_TEST_CASE("a context that an error carries in front already is not put there again") {
    const auto opening = [] { throw refused("t1.nii: no such file"); };
    DOCTEST_CHECK_THROWS_WITH_AS(within("t1.nii", opening), "t1.nii: no such file", Error);
    DOCTEST_CHECK_THROWS_WITH_AS(within("t1", opening), "t1: t1.nii: no such file", Error);
  }
}

}  // namespace
}  // namespace tazuna
