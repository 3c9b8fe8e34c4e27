// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/tensor.hpp"
#include "kernels/instance_norm.hpp"

namespace tazuna {

/// True where the fused instance norm of `input` runs as CUDA kernels: fp32 or bf16 in channels-last on a
/// GPU, and a CUDA module that was built with kernels.
bool norm_runs_on_cuda(const Tensor& input);

/// instance_norm_forward() on the current stream, sums in an order that depends on the shape alone; nothing
/// unless norm_runs_on_cuda(input).
std::optional<InstanceNormed> instance_norm_on_cuda(const Tensor& input, const Tensor& weight,
                                                    const Tensor& bias, const Tensor& residual, double slope,
                                                    double epsilon);

/// instance_norm_backward() likewise.
std::optional<InstanceNormSlopes> instance_norm_slopes_on_cuda(const Tensor& slopes, const Tensor& input,
                                                               const InstanceNormed& normed,
                                                               const Tensor& weight, const Tensor& bias,
                                                               double slope);

}  // namespace tazuna
