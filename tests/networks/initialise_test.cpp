// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/nn/module.h>

#include <cmath>

#include "networks/trunk.hpp"
#include "tests/networks/trunk_shape.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

TrunkOptions trunk(std::vector<int64_t> blocks) {
  return ResidualOptions{shape_from({.widths = {16, 32},
                                     .kernels = {{3, 3, 3}, {3, 3, 3}},
                                     .strides = {{1, 1, 1}, {2, 2, 2}},
                                     .blocks = std::move(blocks),
                                     .decoder_blocks = {2}})};
}

DOCTEST_TEST_SUITE("networks/initialise") {
  DOCTEST_TEST_CASE("a parameter's values depend on the seed and its full name and on nothing else") {
    const auto one = make_encoder(trunk({1, 1}), 2), other = make_encoder(trunk({1, 3}), 2);
    initialise(*one, 7, "encoder.");
    initialise(*other, 7, "encoder.");
    const auto deep = other->named_parameters();
    for (const auto& named : one->named_parameters())
      DOCTEST_CHECK(at::equal(named.value(), deep[named.key()]));

    const std::string name = "stages.0.blocks.0.conv1.conv.weight";
    const Tensor first = one->named_parameters()[name].clone();
    initialise(*one, 8, "encoder.");
    DOCTEST_CHECK_FALSE(at::equal(first, one->named_parameters()[name]));
    initialise(*one, 7, "encoders.T1w.");
    DOCTEST_CHECK_FALSE(at::equal(first, one->named_parameters()[name]));
    DOCTEST_CHECK_FALSE(at::equal(first, one->named_parameters()["stages.0.blocks.0.conv2.conv.weight"]));
  }

  DOCTEST_TEST_CASE("the number of threads changes nothing") {
    const auto one = make_encoder(trunk({1, 1}), 2), other = make_encoder(trunk({1, 1}), 2);
    const int threads = at::get_num_threads();
    initialise(*one, 7, "");
    at::set_num_threads(threads + 1);
    initialise(*other, 7, "");
    at::set_num_threads(threads);
    const auto same = other->named_parameters();
    for (const auto& named : one->named_parameters())
      DOCTEST_CHECK(at::equal(named.value(), same[named.key()]));
  }

  DOCTEST_TEST_CASE(
      "weights are He-normal with torch's fan in, biases 0, norms 1 and a block's second norm 0") {
    const auto check = [](torch::nn::Module& module) {
      initialise(module, 1, "");
      for (const auto& named : module.named_parameters()) {
        const std::string& name = named.key();
        const Tensor value = named.value().to(at::kDouble);
        DOCTEST_CAPTURE(name);
        if (value.dim() == 1) {
          const bool norm = name.ends_with("norm.weight") && !name.ends_with("conv2.norm.weight");
          DOCTEST_CHECK((value == (norm ? 1 : 0)).all().item<bool>());
          continue;
        }
        const double count = static_cast<double>(value.numel());
        const double expected = std::sqrt(2 / (1 + 1e-4) * static_cast<double>(value.size(0)) / count);
        DOCTEST_CHECK(std::abs(value.mean().item<double>()) < 5 * expected / std::sqrt(count));
        DOCTEST_CHECK(std::abs(value.std().item<double>() / expected - 1) < 5 / std::sqrt(2 * count));
      }
    };
    check(*make_encoder(trunk({1, 2}), 2));
    check(*make_decoder(trunk({1, 2})));
  }
}

}  // namespace
}  // namespace tazuna
