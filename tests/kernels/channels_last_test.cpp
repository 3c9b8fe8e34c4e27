// SPDX-License-Identifier: Apache-2.0
#include "kernels/channels_last.hpp"

#include <ATen/ATen.h>

#include <functional>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr auto last = at::MemoryFormat::ChannelsLast3d;

Tensor drawn(at::IntArrayRef size, at::MemoryFormat layout, at::ScalarType type) {
  return at::randn(size).to(type).contiguous(layout).requires_grad_();
}

/// The output of `work` and the gradients of its inputs.
std::vector<Tensor> answers(const std::vector<Tensor>& inputs,
                            const std::function<Tensor(const std::vector<Tensor>&)>& work) {
  for (const Tensor& input : inputs) input.mutable_grad() = Tensor();
  const Tensor output = work(inputs);
  at::manual_seed(7);
  output.backward(at::randn(output.sizes()).to(output.scalar_type()));
  std::vector<Tensor> all = {output.detach()};
  for (const Tensor& input : inputs) all.push_back(input.grad().clone());
  return all;
}

DOCTEST_TEST_SUITE("kernels/channels_last") {
  DOCTEST_TEST_CASE("channels are joined, and their gradients split, as ATen does it") {
    for (const auto layout : {at::MemoryFormat::Contiguous, last}) {
      for (const auto type : {at::kFloat, at::kBFloat16}) {
        const std::vector<Tensor> inputs = {drawn({2, 5, 3, 4, 6}, layout, type),
                                            drawn({2, 3, 3, 4, 6}, layout, type)};
        const auto ours = answers(inputs, [](const auto& each) { return join_channels(each[0], each[1]); });
        const auto expected = answers(inputs, [](const auto& each) {
          return at::cat({each[0], each[1]}, 1);
        });
        DOCTEST_CHECK(ours[0].is_contiguous(layout));
        for (size_t i = 0; i < ours.size(); ++i) DOCTEST_CHECK(ours[i].equal(expected[i]));
      }
    }
  }

  DOCTEST_TEST_CASE("means over blocks and their gradients are ATen's") {
    const std::vector<Triple> sizes = {{2, 2, 2}, {1, 2, 2}, {2, 1, 3}, {1, 1, 1}};
    for (const Triple& size : sizes) {
      for (const auto layout : {at::MemoryFormat::Contiguous, last}) {
        const std::vector<Tensor> inputs = {drawn({2, 7, 4, 6, 12}, layout, at::kFloat)};
        const auto ours = answers(inputs, [&](const auto& each) { return mean_pool(each[0], size); });
        const auto expected =
            answers(inputs, [&](const auto& each) { return at::avg_pool3d(each[0], size, size); });
        DOCTEST_CHECK(ours[0].is_contiguous(layout));
        for (size_t i = 0; i < ours.size(); ++i)
          DOCTEST_CHECK(at::allclose(ours[i], expected[i], 1e-6, 1e-6));
      }
    }
  }

  DOCTEST_TEST_CASE("bf16 means are those of the exact sums, rounded once") {
    const Tensor image = at::randn({1, 4, 4, 4, 4}).to(at::kBFloat16).contiguous(last);
    const Tensor expected = at::avg_pool3d(image.to(at::kFloat), {2, 2, 2}, {2, 2, 2}).to(at::kBFloat16);
    DOCTEST_CHECK(mean_pool(image, {2, 2, 2}).equal(expected));
  }
}

}  // namespace
}  // namespace tazuna
