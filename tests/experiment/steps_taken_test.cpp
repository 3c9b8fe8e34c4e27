// SPDX-License-Identifier: Apache-2.0
#include "experiment/steps_taken.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("experiment/steps_taken") {
  DOCTEST_TEST_CASE("the steps of a run are those of its journal's last row") {
    const ScratchFolder folder;
    write_atomically(folder.path() / "journal.csv", "step,learning_rate\n5,0.1\n15,0.05\n");
    DOCTEST_CHECK(steps_taken(folder.path()) == 15);
  }

  DOCTEST_TEST_CASE("a journal without rows is named") {
    const ScratchFolder folder;
    write_atomically(folder.path() / "journal.csv", "step,learning_rate\n");
    DOCTEST_CHECK_THROWS_WITH_AS(steps_taken(folder.path()), doctest::Contains("journal.csv: has no rows"),
                                 Error);
  }
}

}  // namespace
}  // namespace tazuna
