// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.hpp"
#include "tests/dataset.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {
namespace {

DOCTEST_TEST_SUITE("cli/hippocampus") {
  DOCTEST_TEST_CASE("both trunks get nnU-Net's patch, depth and widths, and the batch of its plain planner") {
    if (!hippocampi()) return;
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
