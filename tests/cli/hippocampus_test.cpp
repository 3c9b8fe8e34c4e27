// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

// The decathlon's hippocampi, under TAZUNA_DATA.
bool data_is_there() {
  const char* root = std::getenv("TAZUNA_DATA");
  if (root && std::filesystem::exists(std::filesystem::path(root) / "Task04_Hippocampus" / "dataset.json"))
    return true;
  const std::string reason = "skipped: no Task04_Hippocampus under TAZUNA_DATA";
  if (demanded("TAZUNA_REQUIRE_DATA")) DOCTEST_FAIL(reason);
  DOCTEST_MESSAGE(reason);
  return false;
}

DOCTEST_TEST_SUITE("cli/hippocampus") {
  DOCTEST_TEST_CASE("both trunks get nnU-Net's patch, depth and widths, and the batch of its plain planner") {
    if (!data_is_there()) return;
    for (const std::string kind : {"residual", "plain"}) {
      DOCTEST_CAPTURE(kind);
      const Finished plan =
          run("plan " TAZUNA_SOURCE_DIR "/configs/hippocampus.yaml --quiet --set network.kind=" +
              std::string(kind));
      DOCTEST_REQUIRE_MESSAGE(plan.code == 0, plan.err);
      for (const std::string part : {"patch        40 x 56 x 40 voxels", "batch        7 patches",
                                     "4 stages, widths 32-64-128-256", "folds        5"}) {
        DOCTEST_CAPTURE(part);
        DOCTEST_CHECK(has(plan.out, part));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna::testing
