// SPDX-License-Identifier: Apache-2.0
#include "experiment/arms_cost.hpp"

#include <ATen/ATen.h>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("experiment/arms_cost") {
  DOCTEST_TEST_CASE("each convolution is counted at the resolution at which it works") {
    const std::vector<Triple> strides{{1, 1, 1}, {2, 2, 2}, {1, 2, 2}};
    const std::array<int64_t, 3> size{4, 8, 8};  // 256, 32 and 8 voxels
    const struct {
      const char* name;
      double voxels;
      bool decoder;
    } rows[] = {{"encoder.stem.convs.0.conv.weight", 256, false},
                {"encoder.stages.0.blocks.0.conv1.conv.weight", 256, false},
                {"encoder.stages.1.blocks.0.conv1.conv.weight", 32, false},
                {"encoders.T1w.stages.2.blocks.0.conv2.conv.weight", 8, false},
                {"decoder.transpconvs.0.weight", 8, true},
                {"decoder.stages.0.convs.0.conv.weight", 32, true},
                {"decoder.transpconvs.1.weight", 32, true},
                {"decoders.lesion.stages.1.convs.0.conv.weight", 256, true},
                {"heads.lesion.0.weight", 32, true},
                {"heads.lesion.1.weight", 256, true}};
    for (const auto& row : rows) {
      DOCTEST_CAPTURE(row.name);
      const NamedTensors weights{{row.name, at::zeros({2, 3, 3, 3, 3})},
                                 {"heads.grade.hidden.weight", at::zeros({4, 4})}};
      const double all = 2 * 3 * 27 * row.voxels;
      DOCTEST_CHECK(multiply_adds(weights, size, strides, true) == all);
      DOCTEST_CHECK(multiply_adds(weights, size, strides, false) == (row.decoder ? 0 : all));
    }
  }
}

}  // namespace
}  // namespace tazuna
