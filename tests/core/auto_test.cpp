// SPDX-License-Identifier: Apache-2.0
#include "core/auto.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/auto") {
  DOCTEST_TEST_CASE("an open value is filled once and what the user wrote is never overwritten") {
    Auto<int> open;
    DOCTEST_CHECK(open.is_auto());
    DOCTEST_CHECK(open.value_or(3) == 3);
    DOCTEST_CHECK_THROWS_AS(open.get(), Error);
    open.fill(5);
    DOCTEST_CHECK(open.get() == 5);
    open.fill(7);
    DOCTEST_CHECK(open.get() == 5);
    open.reset();
    DOCTEST_CHECK(open.is_auto());
  }
}

}  // namespace
}  // namespace tazuna
