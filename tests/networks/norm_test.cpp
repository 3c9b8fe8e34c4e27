// SPDX-License-Identifier: Apache-2.0
#include "networks/norm.hpp"

#include <ATen/ATen.h>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// The definition, in double.
Tensor expected_of(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  const Tensor x = input.to(at::kDouble);
  const Tensor centred = x - x.mean({2, 3, 4}, true);
  const Tensor scaled = centred / (centred.square().mean({2, 3, 4}, true) + 1e-5).sqrt();
  return scaled * weight.to(at::kDouble).view({1, -1, 1, 1, 1}) + bias.to(at::kDouble).view({1, -1, 1, 1, 1});
}

InstanceNorm drawn_norm(int64_t channels) {
  at::manual_seed(0);
  InstanceNorm norm(channels);
  for (Tensor& parameter : norm->parameters()) parameter.set_data(at::rand({channels}) + 0.5);
  return norm;
}

/// Largest difference over the largest value.
double distance(const Tensor& a, const Tensor& b) {
  return ((a.to(at::kDouble) - b).abs().max() / b.abs().max()).item<double>();
}

DOCTEST_TEST_SUITE("networks/norm") {
  DOCTEST_TEST_CASE("output and gradients are the definition's, whatever the memory layout") {
    InstanceNorm norm = drawn_norm(5);
    const auto parameters = norm->named_parameters();
    for (const at::MemoryFormat layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast3d}) {
      const Tensor image = (at::randn({2, 5, 4, 6, 7}) * 3 + 20).contiguous(layout).requires_grad_();
      const Tensor price = at::randn({2, 5, 4, 6, 7});
      const std::vector<Tensor> inputs = {image, parameters["weight"], parameters["bias"]};
      const Tensor ours = norm(image),
                   expected = expected_of(image, parameters["weight"], parameters["bias"]);
      DOCTEST_CHECK(distance(ours, expected) < 1e-5);
      for (const Tensor& input : inputs) {
        input.mutable_grad() = Tensor();
        (ours * price).sum().backward({}, true);
        const Tensor gradient = input.grad().clone();
        input.mutable_grad() = Tensor();
        (expected * price).sum().backward({}, true);
        DOCTEST_CHECK(distance(gradient, input.grad().to(at::kDouble)) < 1e-4);
      }
    }
  }

  DOCTEST_TEST_CASE("statistics of bf16 images far from zero are not rounded to bf16") {
    InstanceNorm norm = drawn_norm(3);
    const Tensor image = (at::randn({2, 3, 8, 8, 8}) * 8 + 200).to(at::kBFloat16);
    const Tensor ours = norm(image);
    DOCTEST_CHECK((ours.scalar_type() == at::kBFloat16));
    const auto parameters = norm->named_parameters();
    DOCTEST_CHECK(distance(ours, expected_of(image, parameters["weight"], parameters["bias"])) < 1.0 / 256);
  }

  DOCTEST_TEST_CASE("a constant image becomes the bias") {
    InstanceNorm norm = drawn_norm(2);
    const Tensor ours = norm(at::full({1, 2, 2, 2, 2}, 7.0f));
    DOCTEST_CHECK(at::allclose(ours, norm->named_parameters()["bias"].view({1, 2, 1, 1, 1}).expand_as(ours),
                               1e-5, 1e-3));
  }
}

}  // namespace
}  // namespace tazuna
