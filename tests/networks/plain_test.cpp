// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "core/error.hpp"
#include "networks/trunk.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const Sizes small = {.widths = {4, 6, 8},
                     .kernels = {{1, 3, 3}, {3, 3, 3}, {3, 3, 3}},
                     .strides = {{1, 1, 1}, {1, 2, 2}, {2, 2, 2}},
                     .blocks = {2, 1, 1},
                     .decoder_blocks = {1, 2}};

DOCTEST_TEST_SUITE("networks/plain") {
  DOCTEST_TEST_CASE("the encoder's parameter names and shapes, the weight-file format, are these") {
    const std::vector<std::string> expected = {
        "stages.0.0.convs.0.conv.weight 4x2x1x3x3", "stages.0.0.convs.0.conv.bias 4",
        "stages.0.0.convs.0.norm.weight 4",         "stages.0.0.convs.0.norm.bias 4",
        "stages.0.0.convs.1.conv.weight 4x4x1x3x3", "stages.0.0.convs.1.conv.bias 4",
        "stages.0.0.convs.1.norm.weight 4",         "stages.0.0.convs.1.norm.bias 4",
        "stages.1.0.convs.0.conv.weight 6x4x3x3x3", "stages.1.0.convs.0.conv.bias 6",
        "stages.1.0.convs.0.norm.weight 6",         "stages.1.0.convs.0.norm.bias 6",
        "stages.2.0.convs.0.conv.weight 8x6x3x3x3", "stages.2.0.convs.0.conv.bias 8",
        "stages.2.0.convs.0.norm.weight 8",         "stages.2.0.convs.0.norm.bias 8",
    };
    DOCTEST_CHECK(parameters_of(*make_encoder(PlainOptions{shape_from(small)}, 2)) == expected);
  }

  DOCTEST_TEST_CASE("the decoder's parameter names and shapes, the weight-file format, are these") {
    const std::vector<std::string> expected = {
        "transpconvs.0.weight 8x6x2x2x2",          "transpconvs.0.bias 6",
        "transpconvs.1.weight 6x4x1x2x2",          "transpconvs.1.bias 4",
        "stages.0.convs.0.conv.weight 6x12x3x3x3", "stages.0.convs.0.conv.bias 6",
        "stages.0.convs.0.norm.weight 6",          "stages.0.convs.0.norm.bias 6",
        "stages.1.convs.0.conv.weight 4x8x1x3x3",  "stages.1.convs.0.conv.bias 4",
        "stages.1.convs.0.norm.weight 4",          "stages.1.convs.0.norm.bias 4",
        "stages.1.convs.1.conv.weight 4x4x1x3x3",  "stages.1.convs.1.conv.bias 4",
        "stages.1.convs.1.norm.weight 4",          "stages.1.convs.1.norm.bias 4",
    };
    DOCTEST_CHECK(parameters_of(*make_decoder(PlainOptions{shape_from(small)})) == expected);
  }

  DOCTEST_TEST_CASE("one stage has no decoder") {
    const Sizes one = {.widths = {4}, .kernels = {{3, 3, 3}}, .strides = {{1, 1, 1}}, .blocks = {1}};
    DOCTEST_CHECK_THROWS_AS(make_decoder(PlainOptions{shape_from(one)}), Error);
  }
}

}  // namespace
}  // namespace tazuna
