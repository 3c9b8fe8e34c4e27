// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <cmath>

#include "core/random.hpp"
#include "networks/trunk.hpp"

namespace tazuna {

namespace {

constexpr double kSlope = 0.01;  // of the LeakyReLU that follows

/// Normal with the variance that keeps the forward signal's size through a LeakyReLU (He et al. 2015). Fan in
/// is what torch.nn.init calls so: all axes but the first, also of a transposed convolution.
Tensor he_normal(at::IntArrayRef sizes, Random random) {
  Tensor drawn = at::empty(sizes, at::kFloat);
  const int64_t fan_in = sizes.size() > 1 ? drawn.numel() / sizes[0] : drawn.numel();
  const double deviation = std::sqrt(2 / (1 + kSlope * kSlope) / static_cast<double>(fan_in));
  float* out = drawn.data_ptr<float>();
  for (int64_t i = 0; i < drawn.numel(); ++i) out[i] = static_cast<float>(deviation * random.normal());
  return drawn;
}

void draw(Tensor& parameter, const std::string& name, int64_t seed) {
  // An attention starts with equal weights.
  if (name.ends_with("query") || (parameter.dim() < 2 && name.ends_with("bias"))) {
    parameter.zero_();
  } else if (parameter.dim() < 2 && name.ends_with("weight")) {
    // A residual block starts as its skip.
    parameter.fill_(name.ends_with("conv2.norm.weight") ? 0 : 1);
  } else {
    parameter.copy_(he_normal(parameter.sizes(), Random{seed, name}));
  }
}

}  // namespace

void initialise(torch::nn::Module& module, int64_t seed, const std::string& prefix) {
  auto parameters = module.named_parameters();
  at::parallel_for(0, static_cast<int64_t>(parameters.size()), 1, [&](int64_t begin, int64_t end) {
    const at::NoGradGuard no_grad;
    for (int64_t i = begin; i < end; ++i) {
      auto& named = parameters[static_cast<size_t>(i)];
      draw(named.value(), prefix + named.key(), seed);
    }
  });
}

}  // namespace tazuna
