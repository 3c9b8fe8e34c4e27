// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include "networks/trunk.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const Sizes small = {.widths = {4, 6},
                     .kernels = {{1, 3, 3}, {3, 3, 3}},
                     .strides = {{1, 1, 1}, {1, 2, 2}},
                     .blocks = {1, 2},
                     .decoder_blocks = {1}};

DOCTEST_TEST_SUITE("networks/residual") {
  DOCTEST_TEST_CASE("the encoder's parameter names and shapes, the weight-file format, are these") {
    const std::vector<std::string> expected = {
        "stem.convs.0.conv.weight 4x2x1x3x3",
        "stem.convs.0.conv.bias 4",
        "stem.convs.0.norm.weight 4",
        "stem.convs.0.norm.bias 4",
        "stages.0.blocks.0.conv1.conv.weight 4x4x1x3x3",
        "stages.0.blocks.0.conv1.conv.bias 4",
        "stages.0.blocks.0.conv1.norm.weight 4",
        "stages.0.blocks.0.conv1.norm.bias 4",
        "stages.0.blocks.0.conv2.conv.weight 4x4x1x3x3",
        "stages.0.blocks.0.conv2.conv.bias 4",
        "stages.0.blocks.0.conv2.norm.weight 4",
        "stages.0.blocks.0.conv2.norm.bias 4",
        "stages.1.blocks.0.conv1.conv.weight 6x4x3x3x3",
        "stages.1.blocks.0.conv1.conv.bias 6",
        "stages.1.blocks.0.conv1.norm.weight 6",
        "stages.1.blocks.0.conv1.norm.bias 6",
        "stages.1.blocks.0.conv2.conv.weight 6x6x3x3x3",
        "stages.1.blocks.0.conv2.conv.bias 6",
        "stages.1.blocks.0.conv2.norm.weight 6",
        "stages.1.blocks.0.conv2.norm.bias 6",
        "stages.1.blocks.0.skip.1.conv.weight 6x4x1x1x1",
        "stages.1.blocks.0.skip.1.norm.weight 6",
        "stages.1.blocks.0.skip.1.norm.bias 6",
        "stages.1.blocks.1.conv1.conv.weight 6x6x3x3x3",
        "stages.1.blocks.1.conv1.conv.bias 6",
        "stages.1.blocks.1.conv1.norm.weight 6",
        "stages.1.blocks.1.conv1.norm.bias 6",
        "stages.1.blocks.1.conv2.conv.weight 6x6x3x3x3",
        "stages.1.blocks.1.conv2.conv.bias 6",
        "stages.1.blocks.1.conv2.norm.weight 6",
        "stages.1.blocks.1.conv2.norm.bias 6",
    };
    DOCTEST_CHECK(parameters_of(*make_encoder(ResidualOptions{shape_from(small)}, 2)) == expected);
  }

  DOCTEST_TEST_CASE(
      "a fresh block passes its skip on, so that further blocks leave positive features alone") {
    Sizes deeper = small;
    deeper.blocks = {3, 2};
    const auto one = make_encoder(ResidualOptions{shape_from(small)}, 2);
    const auto other = make_encoder(ResidualOptions{shape_from(deeper)}, 2);
    initialise(*one, 3, "encoder.");
    initialise(*other, 3, "encoder.");
    const Tensor image = at::rand({1, 2, 2, 8, 8});
    const Tensor few = one->forward(image).stages[0], many = other->forward(image).stages[0];
    DOCTEST_CHECK(at::allclose(few.clamp_min(0), many.clamp_min(0)));
    DOCTEST_CHECK_FALSE(at::allclose(few, many));
  }
}

}  // namespace
}  // namespace tazuna
