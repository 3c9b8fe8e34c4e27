// SPDX-License-Identifier: Apache-2.0
#include "networks/convolution.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include "networks/onednn_convolution.hpp"

namespace tazuna {

namespace {

/// Depth one under a kernel and stride of depth one: the third axis has nothing to do.
bool is_flat(const Tensor& input, int64_t kernel, int64_t stride) {
  return input.size(2) == 1 && kernel == 1 && stride == 1;
}

/// LibTorch 2.11's CPU gradient of a bfloat16 kernel that reaches across two planes reads memory that nobody
/// wrote (oneDNN; seen for depth 2, a kernel of 3 and stride 1 along it, and for no other size).
bool needs_float(const Tensor& input, int64_t kernel, int64_t stride) {
  return input.is_cpu() && input.size(2) == 2 && kernel > 1 && stride == 1;
}

at::IntArrayRef in_plane(const Triple& sizes) {
  return at::IntArrayRef(sizes).slice(1);
}

/// [N, in, D, H, W] padded by half the kernel, as conv2d where that is the same.
Tensor convolved(const Tensor& given, const Tensor& weight, const Tensor& bias, const Triple& stride,
                 const Triple& padding) {
  const auto run = [&](const Tensor& input, const Tensor& kernel, at::IntArrayRef steps,
                       at::IntArrayRef borders) {
    if (is_slow_alone(input)) return onednn_convolution(input, kernel, bias, steps, borders);
    return input.dim() == 4 ? at::conv2d(input, kernel, bias, steps, borders)
                            : at::conv3d(input, kernel, bias, steps, borders);
  };
  if (!is_flat(given, weight.size(2), stride[0])) return run(given, weight, stride, padding);
  return run(given.squeeze(2), weight.squeeze(2), in_plane(stride), in_plane(padding)).unsqueeze(2);
}

/// The same of a transposed convolution without padding.
Tensor upsampled(const Tensor& given, const Tensor& weight, const Tensor& bias, const Triple& stride) {
  const auto run = [&](const Tensor& input, const Tensor& kernel, at::IntArrayRef steps) {
    if (is_slow_alone(input)) return onednn_transposed(input, kernel, bias, steps);
    return input.dim() == 4 ? at::conv_transpose2d(input, kernel, bias, steps)
                            : at::conv_transpose3d(input, kernel, bias, steps);
  };
  if (!is_flat(given, stride[0], stride[0])) return run(given, weight, stride);
  return run(given.squeeze(2), weight.squeeze(2), in_plane(stride)).unsqueeze(2);
}

}  // namespace

ConvolutionImpl::ConvolutionImpl(const ConvolutionOptions& options)
    : options_(options),
      weight_(register_parameter("weight", at::zeros({options.out, options.in, options.kernel[0],
                                                      options.kernel[1], options.kernel[2]}))) {
  if (options.bias) bias_ = register_parameter("bias", at::zeros({options.out}));
}

Tensor ConvolutionImpl::forward(const Tensor& input) {
  const auto& [in, out, kernel, stride, bias] = options_;
  const Triple padding = {kernel[0] / 2, kernel[1] / 2, kernel[2] / 2};
  if (const Tensor answer = packed(input, weight_, bias_, stride, padding); answer.defined()) return answer;
  if (needs_float(input, kernel[0], stride[0])) {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
    const Tensor exact = input.scalar_type() == at::kBFloat16 ? input.to(at::kFloat) : input;
    return convolved(exact, weight_, bias_, stride, padding);
  }
  return convolved(input, weight_, bias_, stride, padding);
}

UpsamplingImpl::UpsamplingImpl(int64_t in, int64_t out, const Triple& stride)
    : stride_(stride),
      weight_(register_parameter("weight", at::zeros({in, out, stride[0], stride[1], stride[2]}))),
      bias_(register_parameter("bias", at::zeros({out}))) {}

Tensor UpsamplingImpl::forward(const Tensor& input) {
  if (const Tensor answer = packed_transposed(input, weight_, bias_, stride_); answer.defined())
    return answer;
  return upsampled(input, weight_, bias_, stride_);
}

}  // namespace tazuna
