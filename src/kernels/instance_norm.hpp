// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"

namespace tazuna {

/// Instance normalisation with what follows it in a U-Net, in one pass over memory:
///   output = f((input - mean) * rstd * weight + bias + residual),  f(z) = z if z > 0, else slope * z
/// with mean and rstd = 1 / sqrt(variance + 1e-5) (biased variance) over the space of each row and channel.
/// `input` [N, C, D, H, W] fp32 or bf16 in either memory format, which the output keeps; statistics are fp32.
/// `weight`, `bias` [C] fp32; `residual` as `input`, or undefined for none; a `slope` of 1 is no activation.
/// Differentiable once in all four. Sums go chunk by chunk in a fixed order, so that the result does not
/// depend on the number of threads. Other types run as instance_norm_reference().
Tensor instance_norm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& residual,
                     double slope);

/// The same in ATen's operations.
Tensor instance_norm_reference(const Tensor& input, const Tensor& weight, const Tensor& bias,
                               const Tensor& residual, double slope);

/// What the forward pass leaves for the backward pass; `mean`, `rstd` [N, C] fp32.
struct InstanceNormed {
  Tensor output, mean, rstd;
};
InstanceNormed instance_norm_forward(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                     const Tensor& residual, double slope);

/// Gradients by `slopes`, those of the output; that of the residual only where `normed.output` is defined,
/// whose sign then says where f is steep; without a residual the sign is computed again.
struct InstanceNormSlopes {
  Tensor input, weight, bias, residual;
};
InstanceNormSlopes instance_norm_backward(const Tensor& slopes, const Tensor& input,
                                          const InstanceNormed& normed, const Tensor& weight,
                                          const Tensor& bias, double slope);

}  // namespace tazuna
