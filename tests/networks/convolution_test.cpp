// SPDX-License-Identifier: Apache-2.0
#include "networks/convolution.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "kernels/precision.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

template <class Module>
void draw(Module& module) {
  for (Tensor& parameter : module->parameters())
    parameter.set_data(at::randn(parameter.sizes(), at::kDouble));
}

DOCTEST_TEST_SUITE("networks/convolution") {
  DOCTEST_TEST_CASE("depth one under a kernel of depth one equals the same slice inside a stack of slices") {
    Convolution convolution(ConvolutionOptions{.in = 3, .out = 4, .kernel = {1, 3, 3}, .stride = {1, 2, 1}});
    Upsampling upsampling(4, 2, Triple{1, 2, 3});
    draw(convolution);
    draw(upsampling);
    const Tensor stack = at::randn({2, 3, 5, 8, 6}, at::kDouble);
    const Tensor all = upsampling(convolution(stack));
    DOCTEST_CHECK((all.sizes() == at::IntArrayRef{2, 2, 5, 8, 18}));
    for (int64_t z = 0; z < 5; ++z) {
      const Tensor slice = upsampling(convolution(stack.slice(2, z, z + 1)));
      DOCTEST_CHECK(at::allclose(slice, all.slice(2, z, z + 1)));
    }
  }

  DOCTEST_TEST_CASE("the grid is kept by stride one and divided by the stride, rounded up") {
    Convolution convolution(ConvolutionOptions{.in = 1, .out = 1, .kernel = {3, 1, 5}, .stride = {2, 3, 1}});
    DOCTEST_CHECK((convolution(at::zeros({1, 1, 5, 7, 4})).sizes() == at::IntArrayRef{1, 1, 3, 3, 4}));
  }

  DOCTEST_TEST_CASE("across two planes the gradient under bf16 autocast is that of float") {
    Convolution convolution(ConvolutionOptions{.in = 16, .out = 16, .kernel = {3, 3, 3}});
    for (Tensor& parameter : convolution->parameters()) parameter.set_data(at::randn(parameter.sizes()));
    const Tensor image = at::randn({2, 16, 2, 8, 8});
    const auto gradient = [&](bool bf16) {
      convolution->zero_grad();
      const Autocast autocast(at::kCPU, bf16);
      convolution(image).square().sum().backward();
      return convolution->parameters().front().grad().clone();
    };
    const Tensor exact = gradient(false);
    for (int i = 0; i < 20; ++i) {
      // What a fresh allocation may hold; the gradient must not read it.
      for (const int64_t count : {64, 1000, 20000, 100000}) at::full({count}, NAN);
      DOCTEST_CHECK(at::equal(gradient(true), exact));
    }
  }
}

}  // namespace
}  // namespace tazuna
