// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_norm.hpp"

#include "tests/kernels/gpu.hpp"
#include "tests/kernels/norm_cases.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

constexpr double epsilon = 1e-5;

/// A case's tensors on a GPU.
struct OnGpu {
  Tensor input, weight, bias, residual, slopes;

  OnGpu(const NormCase& one, const NormTruth& truth, at::Device device)
      : input(channels_last_on(truth.input, device, one.type)),
        weight(truth.weight.to(device, at::kFloat)),
        bias(truth.bias.to(device, at::kFloat)),
        residual(channels_last_on(truth.residual, device, one.type)),
        slopes(channels_last_on(truth.slopes, device, one.type)) {}
  InstanceNormed forward(double slope) const {
    return instance_norm_on_cuda(input, weight, bias, residual, slope, epsilon).value();
  }
  InstanceNormSlopes backward(const InstanceNormed& normed, double slope) const {
    return instance_norm_slopes_on_cuda(slopes, input, normed, weight, bias, slope).value();
  }
};

}  // namespace

DOCTEST_TEST_SUITE("kernels/cuda_norm") {
  DOCTEST_TEST_CASE("tensors on the CPU are left to others") {
    const Tensor input = at::randn({1, 4, 2, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast3d),
                 one = at::ones({4});
    DOCTEST_CHECK(!norm_runs_on_cuda(input));
    DOCTEST_CHECK(!instance_norm_on_cuda(input, one, one, {}, 0.01, epsilon).has_value());
    DOCTEST_CHECK(!instance_norm_slopes_on_cuda(input, input, {}, one, one, 0.01).has_value());
  }

  DOCTEST_TEST_CASE("on a GPU the norm and its gradients are the reference's of double precision") {
    const auto device = gpu();
    if (!device) return;
    for (const NormCase& one : norm_cases()) {
      const NormTruth truth(one);
      const OnGpu there(one, truth, *device);
      DOCTEST_CAPTURE(shape_text(one.size));
      InstanceNormed normed = there.forward(one.slope);
      DOCTEST_CHECK(normed.output.is_contiguous(at::MemoryFormat::ChannelsLast3d));
      DOCTEST_CHECK(apart(normed.output, truth.output) < (one.type == at::kFloat ? 5e-5 : 4e-3));
      DOCTEST_CHECK(apart(normed.mean, truth.mean) < 1e-6);
      DOCTEST_CHECK(apart(normed.rstd, truth.rstd) < 1e-4);
      if (!one.residual) normed.output.reset();
      const InstanceNormSlopes found = there.backward(normed, one.slope);
      DOCTEST_CHECK(apart(found.input, truth.input.grad(), truth.steepness) < one.bound());
      DOCTEST_CHECK(apart(found.weight, truth.weight.grad()) < one.bound());
      DOCTEST_CHECK(apart(found.bias, truth.bias.grad()) < one.bound());
      DOCTEST_CHECK(found.residual.defined() == one.residual);
      if (one.residual) DOCTEST_CHECK(apart(found.residual, truth.residual.grad()) < one.bound());
    }
  }

  DOCTEST_TEST_CASE("on a GPU gradients go through instance_norm() itself") {
    const auto device = gpu();
    if (!device) return;
    for (const bool residual : {false, true}) {
      const NormCase one = {{2, 16, 8, 8, 8}, at::kFloat, residual, 0.01};
      const NormTruth truth(one);
      OnGpu there(one, truth, *device);
      for (Tensor* leaf : {&there.input, &there.weight, &there.bias, &there.residual})
        if (leaf->defined()) leaf->requires_grad_();
      instance_norm(there.input, there.weight, there.bias, there.residual, 0.01).backward(there.slopes);
      DOCTEST_CHECK(apart(there.input.grad(), truth.input.grad()) < one.bound());
      DOCTEST_CHECK(apart(there.weight.grad(), truth.weight.grad()) < one.bound());
      DOCTEST_CHECK(apart(there.bias.grad(), truth.bias.grad()) < one.bound());
      if (residual) DOCTEST_CHECK(apart(there.residual.grad(), truth.residual.grad()) < one.bound());
    }
  }

  DOCTEST_TEST_CASE("on a GPU the same input gives the same bits") {
    const auto device = gpu();
    if (!device) return;
    const NormCase one = {{2, 8, 40, 40, 40}, at::kBFloat16, true, 0.01};
    const OnGpu there(one, NormTruth(one), *device);
    const InstanceNormed normed = there.forward(0.01);
    const InstanceNormSlopes found = there.backward(normed, 0.01);
    for (int i = 0; i < 5; ++i) {
      const InstanceNormed again = there.forward(0.01);
      const InstanceNormSlopes slopes = there.backward(again, 0.01);
      DOCTEST_CHECK(at::equal(again.output, normed.output));
      DOCTEST_CHECK(at::equal(slopes.input, found.input));
      DOCTEST_CHECK(at::equal(slopes.weight, found.weight));
    }
  }

  DOCTEST_TEST_CASE(
      "on a GPU memory of another order and views that begin anywhere are read as what they are") {
    const auto device = gpu();
    if (!device) return;
    const Tensor weight = at::ones({8}, *device), bias = at::zeros({8}, *device);
    DOCTEST_CHECK(!norm_runs_on_cuda(at::randn({2, 8, 6, 6, 6}, *device)));
    const Tensor store = at::randn({8 * 6 * 6 * 6 + 1}, *device);
    const Tensor shifted = store.narrow(0, 1, 8 * 6 * 6 * 6).view({1, 6, 6, 6, 8}).permute({0, 4, 1, 2, 3});
    const auto found = instance_norm_on_cuda(shifted, weight, bias, {}, 0.01, epsilon);
    const Tensor there = shifted.cpu().to(at::kDouble), ones = at::ones({8}, at::kDouble);
    DOCTEST_CHECK(apart(found.value().output,
                        instance_norm_reference(there, ones, at::zeros_like(ones), {}, 0.01)) < 1e-5);
  }
}
