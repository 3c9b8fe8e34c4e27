// SPDX-License-Identifier: Apache-2.0
#include "infer/cleanup_file.hpp"

#include <cmath>

#include "core/files.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("infer/cleanup_file") {
  DOCTEST_TEST_CASE("read after write is the same, an undefined mean included; no file is no structure") {
    const ScratchFolder folder;
    DOCTEST_CHECK(read_cleanup(folder.path()).empty());
    LearntCleanup one{"parts", "front", 3, true, 9, 8, 5, 2, 0.5, 0.625, 0.6, {true, false, true}};
    LearntCleanup none{"parts", "back", 1};
    none.dice_before = std::nan("");
    write_cleanup(folder.path(), {one, none});
    const auto read = read_cleanup(folder.path());
    DOCTEST_REQUIRE(read.size() == 2);
    DOCTEST_CHECK(read[0].task == one.task);
    DOCTEST_CHECK(read[0].structure == one.structure);
    DOCTEST_CHECK(read[0].label == 3);
    DOCTEST_CHECK(read[0].keep_largest);
    DOCTEST_CHECK(read[0].cases == 9);
    DOCTEST_CHECK(read[0].persons == 8);
    DOCTEST_CHECK(read[0].improved == 5);
    DOCTEST_CHECK(read[0].worsened == 2);
    DOCTEST_CHECK(read[0].dice_before == 0.5);
    DOCTEST_CHECK(read[0].dice_after == 0.625);
    DOCTEST_CHECK(read[0].dice_nested == 0.6);
    DOCTEST_CHECK(read[0].folds == one.folds);
    DOCTEST_CHECK(std::isnan(read[1].dice_before));
    DOCTEST_CHECK(!read[1].keep_largest);
  }

  DOCTEST_TEST_CASE("a damaged file and one of a later program are refused by name") {
    const ScratchFolder folder;
    for (const char* text :
         {"{", "{}", R"({"format": 1, "structures": [{"task": 3}]})", R"({"format": 2})"}) {
      DOCTEST_CAPTURE(text);
      write_atomically(folder.path() / "cleanup.json", std::string_view(text));
      DOCTEST_CHECK(says(refusal_of([&] { read_cleanup(folder.path()); }), "cleanup.json"));
    }
  }
}

}  // namespace
}  // namespace tazuna
