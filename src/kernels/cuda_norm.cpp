// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_norm.hpp"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <initializer_list>

#include "kernels/cuda_kernels.hpp"
#include "kernels/cuda_launch.hpp"

namespace tazuna {

namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast3d;

/// `tensor` with the type and layout of the input, whose memory a kernel walks through beside it.
Tensor alongside(const Tensor& tensor, const Tensor& input) {
  return tensor.defined() ? tensor.to(input.options()).contiguous(channels_last) : tensor;
}

Tensor parameter(const Tensor& values, const Tensor& input) {
  return values.to(input.device(), at::kFloat).contiguous();
}

const void* address(const Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}

NormShape shape_of(const Tensor& input, std::initializer_list<const void*> addresses) {
  constexpr uintptr_t access = 16;  // bytes
  NormShape shape{.rows = input.size(0),
                  .voxels = input.size(2) * input.size(3) * input.size(4),
                  .channels = input.size(1),
                  .bf16 = input.scalar_type() == at::kBFloat16};
  shape.aligned = shape.channels * static_cast<int64_t>(input.element_size()) % access == 0;
  for (const void* one : addresses)
    shape.aligned = shape.aligned && reinterpret_cast<uintptr_t>(one) % access == 0;
  return shape;
}

}  // namespace

bool norm_runs_on_cuda(const Tensor& input) {
  constexpr int64_t most_rows = 65535;  // of a grid's third axis
  return cuda_kernels() && input.is_cuda() && input.dim() == 5 && input.numel() > 0 &&
         input.size(0) <= most_rows && input.is_contiguous(channels_last) &&
         (input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16);
}

std::optional<InstanceNormed> instance_norm_on_cuda(const Tensor& input, const Tensor& weight,
                                                    const Tensor& bias, const Tensor& residual, double slope,
                                                    double epsilon) {
  if (!norm_runs_on_cuda(input)) return std::nullopt;
  const c10::DeviceGuard device(input.device());
  const Tensor added = alongside(residual, input);
  const Tensor scale = parameter(weight, input), shift = parameter(bias, input);
  const auto statistics = input.options().dtype(at::kFloat);
  InstanceNormed result{at::empty_like(input), at::empty({input.size(0), input.size(1)}, statistics),
                        at::empty({input.size(0), input.size(1)}, statistics)};
  void* output = result.output.mutable_data_ptr();
  const NormShape shape = shape_of(input, {address(input), address(added), output});
  Tensor workspace = at::empty({norm_workspace(shape)}, statistics);
  launch("the instance norm", input.device(), cuda_kernels()->instance_norm_forward,
         NormForward{.shape = shape,
                     .input = address(input),
                     .residual = address(added),
                     .weight = scale.const_data_ptr<float>(),
                     .bias = shift.const_data_ptr<float>(),
                     .slope = static_cast<float>(slope),
                     .epsilon = static_cast<float>(epsilon),
                     .output = output,
                     .mean = result.mean.mutable_data_ptr<float>(),
                     .rstd = result.rstd.mutable_data_ptr<float>(),
                     .workspace = workspace.mutable_data_ptr<float>()});
  return result;
}

std::optional<InstanceNormSlopes> instance_norm_slopes_on_cuda(const Tensor& slopes, const Tensor& input,
                                                               const InstanceNormed& normed,
                                                               const Tensor& weight, const Tensor& bias,
                                                               double slope) {
  if (!norm_runs_on_cuda(input)) return std::nullopt;
  const c10::DeviceGuard device(input.device());
  const bool added = normed.output.defined();
  const Tensor outer = alongside(slopes, input);
  // Without an activation the residual's gradient is the output's.
  const Tensor output = slope == 1 ? Tensor() : alongside(normed.output, input);
  const Tensor scale = parameter(weight, input), shift = parameter(bias, input);
  InstanceNormSlopes result{.input = at::empty_like(input)};
  if (added) result.residual = output.defined() ? at::empty_like(input) : outer;
  void* kept = output.defined() ? result.residual.mutable_data_ptr() : nullptr;
  void* found = result.input.mutable_data_ptr();
  const NormShape shape = shape_of(input, {address(outer), address(input), address(output), kept, found});
  const auto statistics = input.options().dtype(at::kFloat);
  Tensor sums = at::empty({2, input.size(0), input.size(1)}, statistics);
  Tensor workspace = at::empty({norm_workspace(shape)}, statistics);
  float* of_bias = sums.mutable_data_ptr<float>();
  launch("the gradient of the instance norm", input.device(), cuda_kernels()->instance_norm_backward,
         NormBackward{.shape = shape,
                      .slopes = address(outer),
                      .input = address(input),
                      .output = address(output),
                      .weight = scale.const_data_ptr<float>(),
                      .bias = shift.const_data_ptr<float>(),
                      .mean = normed.mean.const_data_ptr<float>(),
                      .rstd = normed.rstd.const_data_ptr<float>(),
                      .slope = static_cast<float>(slope),
                      .input_slopes = found,
                      .residual_slopes = kept,
                      .bias_slopes = of_bias,
                      .weight_slopes = of_bias + input.size(0) * input.size(1),
                      .workspace = workspace.mutable_data_ptr<float>()});
  const Tensor over_rows = sums.sum(1);
  result.bias = over_rows[0];
  result.weight = over_rows[1];
  return result;
}

}  // namespace tazuna
