// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "kernels/instance_norm.hpp"

namespace tazuna {

/// What the fused norm of a GPU is tried with.
struct NormCase {
  std::vector<int64_t> size;  ///< N, C, D, H, W
  at::ScalarType type;
  bool residual;
  double slope;

  double bound() const { return type == at::kFloat ? 1e-3 : 1e-2; }  ///< of gradients
};

inline std::vector<NormCase> norm_cases() {
  std::vector<NormCase> all;
  const std::vector<std::vector<int64_t>> sizes = {
      {2, 32, 16, 16, 16}, {1, 3, 5, 7, 9}, {2, 20, 8, 8, 8}, {2, 320, 2, 4, 4}, {1, 40, 1, 33, 31},
      {2, 8, 30, 30, 30},  {1, 1, 3, 3, 3}, {2, 33, 2, 3, 5}, {9, 64, 1, 1, 2}};
  for (const auto& size : sizes)
    for (const auto type : {at::kFloat, at::kBFloat16})
      for (const bool residual : {false, true})
        for (const double slope : {1.0, 0.01}) all.push_back({size, type, residual, slope});
  return all;
}

/// Input of a norm and what comes of it, in double on the CPU; the values are such as the type can hold.
struct NormTruth {
  Tensor input, weight, bias, residual, slopes;
  Tensor output, mean, rstd;  ///< expected; gradients lie in grad() of the first four
  /// |rstd * weight * g'|, what the gradient of the input is the difference of: with few voxels nearly all of
  /// it cancels, and rounding is to be held against this, not against the little that stays.
  double steepness = 0;

  explicit NormTruth(const NormCase& one) {
    const auto drawn = [&](double scale, double shift) {
      return (at::randn(one.size) * scale + shift).to(one.type).to(at::kDouble);
    };
    input = drawn(0.5, 20);  // far from zero: sums of squares would lose their digits
    residual = one.residual ? drawn(1, 0) : Tensor();
    slopes = drawn(1, 0.1);
    weight = (at::randn({one.size[1]}) + 1).to(at::kFloat).to(at::kDouble);
    bias = at::randn({one.size[1]}).to(at::kFloat).to(at::kDouble);
    mean = input.mean({2, 3, 4});
    rstd = (input.var({2, 3, 4}, /*unbiased=*/false) + 1e-5).rsqrt();
    for (Tensor* leaf : {&input, &weight, &bias, &residual})
      if (leaf->defined()) leaf->requires_grad_();
    output = instance_norm_reference(input, weight, bias, residual, one.slope);
    // Where rounding decides on which side of zero a value lies there is nothing to compare.
    slopes.masked_fill_(output.detach().abs() < 1e-4, 0);
    output.backward(slopes);
    const Tensor inner = at::where(output.detach() > 0, slopes, slopes * one.slope);
    const Tensor steep = (rstd * weight.detach()).view({one.size[0], one.size[1], 1, 1, 1});
    steepness = (inner * steep).norm().item<double>();
    for (Tensor* tensor : {&input, &weight, &bias, &residual, &output}) {
      if (!tensor->defined()) continue;
      const Tensor grad = tensor->is_leaf() ? tensor->grad() : Tensor();
      *tensor = tensor->detach();
      tensor->mutable_grad() = grad;
    }
  }
};

/// |found - expected| / scale; NaN does not pass as small.
inline double apart(const Tensor& found, const Tensor& expected, double scale) {
  return (found.to(at::kCPU, at::kDouble) - expected).norm().item<double>() / (scale + 1e-12);
}

inline double apart(const Tensor& found, const Tensor& expected) {
  return apart(found, expected, expected.norm().item<double>());
}

inline Tensor channels_last_on(const Tensor& tensor, at::Device device, at::ScalarType type) {
  if (!tensor.defined()) return tensor;
  return tensor.detach()
      .to(at::TensorOptions(device).dtype(type))
      .contiguous(at::MemoryFormat::ChannelsLast3d);
}

}  // namespace tazuna
