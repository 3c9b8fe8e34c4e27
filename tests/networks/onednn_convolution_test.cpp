// SPDX-License-Identifier: Apache-2.0
#include "networks/onednn_convolution.hpp"

#include <ATen/ATen.h>

#include <vector>

#include "core/error.hpp"
#include "kernels/precision.hpp"

#include <doctest/doctest.h>
#include <torch/csrc/autograd/autograd.h>

namespace tazuna {
namespace {

struct Trial {
  std::vector<int64_t> input, weight, stride;
  bool transposed;
};

const std::vector<Trial>& trials() {
  static const std::vector<Trial> all{
      {{1, 3, 6, 7, 5}, {4, 3, 3, 3, 3}, {1, 1, 1}, false},
      {{1, 12, 8, 6, 9}, {24, 12, 3, 3, 3}, {2, 2, 2}, false},
      {{1, 5, 4, 9, 8}, {6, 5, 1, 3, 3}, {1, 2, 2}, false},
      {{1, 16, 3, 4, 5}, {2, 16, 1, 1, 1}, {1, 1, 1}, false},
      {{1, 7, 9, 8}, {5, 7, 3, 3}, {2, 1}, false},
      {{1, 4, 3, 4, 5}, {4, 3, 2, 2, 2}, {2, 2, 2}, true},
      {{1, 24, 2, 3, 4}, {24, 12, 1, 2, 2}, {1, 2, 2}, true},
      {{1, 6, 5, 4}, {6, 3, 2, 3}, {2, 3}, true},
  };
  return all;
}

/// The answer and the gradients of input, weight and bias under fixed slopes.
std::vector<Tensor> answered(const Trial& trial, at::ScalarType type, bool direct, bool channels_last,
                             bool with_bias) {
  at::manual_seed(7);
  const bool flat = trial.input.size() == 4;
  const auto layout = !channels_last ? at::MemoryFormat::Contiguous
                      : flat         ? at::MemoryFormat::ChannelsLast
                                     : at::MemoryFormat::ChannelsLast3d;
  const auto drawn = [&](const std::vector<int64_t>& sizes) { return at::randn(sizes).to(type); };
  const Tensor input = drawn(trial.input).contiguous(layout).requires_grad_();
  const Tensor weight = drawn(trial.weight).requires_grad_();
  const Tensor bias = drawn({trial.weight[trial.transposed ? 1 : 0]}).requires_grad_();
  const Tensor added = with_bias ? bias : Tensor();
  std::vector<int64_t> padding;
  for (size_t axis = 2; axis < trial.weight.size(); ++axis)
    padding.push_back(trial.transposed ? 0 : trial.weight[axis] / 2);
  Tensor output;
  if (direct && trial.transposed) output = onednn_transposed(input, weight, added, trial.stride);
  if (direct && !trial.transposed) output = onednn_convolution(input, weight, added, trial.stride, padding);
  if (!direct)
    output = at::convolution(input, weight, added, trial.stride, padding,
                             std::vector<int64_t>(trial.stride.size(), 1), trial.transposed,
                             std::vector<int64_t>(trial.stride.size(), 0), 1);
  std::vector<Tensor> all{input, weight};
  if (with_bias) all.push_back(bias);
  all = torch::autograd::grad({output}, all, {drawn(output.sizes().vec())});
  all.insert(all.begin(), output);
  return all;
}

DOCTEST_TEST_SUITE("networks/onednn_convolution") {
  DOCTEST_TEST_CASE(
      "values and gradients are those of double precision, in both layouts, with and without bias") {
    for (const Trial& trial : trials())
      for (const bool channels_last : {false, true})
        for (const bool with_bias : {false, true}) {
          DOCTEST_CAPTURE(trial.input);
          DOCTEST_CAPTURE(trial.transposed);
          const auto found = answered(trial, at::kFloat, true, channels_last, with_bias);
          const auto expected = answered(trial, at::kDouble, false, channels_last, with_bias);
          DOCTEST_REQUIRE(found.size() == expected.size());
          for (size_t i = 0; i < found.size(); ++i) {
            DOCTEST_REQUIRE((found[i].sizes() == expected[i].sizes()));
            const Tensor difference = (found[i].to(at::kDouble) - expected[i]).abs().max();
            DOCTEST_CHECK(difference.item<double>() < 1e-5 * expected[i].abs().max().item<double>());
          }
        }
  }

  DOCTEST_TEST_CASE("what needs no gradient gets none, and the rest is unchanged by it") {
    const Tensor input = at::randn({1, 3, 4, 5, 6}), weight = at::randn({2, 3, 3, 3, 3}).requires_grad_();
    const std::vector<int64_t> one{1, 1, 1};
    onednn_convolution(input, weight, Tensor(), one, one).sum().backward();
    const Tensor expected = weight.grad().clone();
    weight.mutable_grad() = Tensor();
    at::conv3d(input, weight, Tensor(), one, one).sum().backward();
    DOCTEST_CHECK(!input.grad().defined());
    DOCTEST_CHECK(at::allclose(weight.grad(), expected, 1e-4, 1e-4));
  }

  DOCTEST_TEST_CASE(
      "a single small row of float is slow; a second row, a large row, double or autocast is not") {
    DOCTEST_CHECK(is_slow_alone(at::zeros({1, 4, 8, 8, 8})));
    DOCTEST_CHECK(is_slow_alone(at::zeros({1, 20480, 1, 1, 9})));
    DOCTEST_CHECK_FALSE(is_slow_alone(at::zeros({1, 20481, 1, 1, 9})));
    DOCTEST_CHECK_FALSE(is_slow_alone(at::zeros({2, 4, 8, 8, 8})));
    DOCTEST_CHECK_FALSE(is_slow_alone(at::zeros({1, 4, 8, 8, 8}, at::kDouble)));
    const Autocast bf16(at::kCPU, true);
    DOCTEST_CHECK_FALSE(is_slow_alone(at::zeros({1, 4, 8, 8, 8})));
  }

  DOCTEST_TEST_CASE("a second derivative is refused instead of being wrong") {
    const Tensor input = at::randn({1, 3, 4, 5, 6}).requires_grad_(), weight = at::randn({2, 3, 3, 3, 3});
    const std::vector<int64_t> one{1, 1, 1};
    const Tensor sum = onednn_convolution(input, weight, Tensor(), one, one).square().sum();
    DOCTEST_CHECK_THROWS_AS(torch::autograd::grad({sum}, {input}, {}, std::nullopt, /*create_graph=*/true),
                            Error);
  }
}

}  // namespace
}  // namespace tazuna
