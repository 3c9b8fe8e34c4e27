// SPDX-License-Identifier: Apache-2.0
#include "networks/convolution.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

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

/// ATen hands a float convolution of a single row to its own loops instead of oneDNN unless the row is large
/// (its rule: C * D * H above 20480, C * H * W for slices), which takes several times as long.
bool is_slow_alone(const Tensor& input, bool flat) {
  constexpr int64_t large = 20480;
  const int64_t size = input.size(1) * input.size(3) * (flat ? input.size(4) : input.size(2));
  return input.is_cpu() && input.size(0) == 1 && size <= large;
}

/// [N, in, D, H, W] padded by half the kernel, as conv2d where that is the same; it avoids those loops by
/// computing the row twice, in the memory format that the row has.
Tensor convolved(const Tensor& given, const Tensor& weight, const Tensor& bias, const Triple& stride,
                 const Triple& padding) {
  const bool flat = is_flat(given, weight.size(2), stride[0]), twice = is_slow_alone(given, flat);
  const Tensor input = twice ? at::cat({given, given}) : given;
  const Tensor output =
      flat ? at::conv2d(input.squeeze(2), weight.squeeze(2), bias, in_plane(stride), in_plane(padding))
                 .unsqueeze(2)
           : at::conv3d(input, weight, bias, stride, padding);
  return twice ? output.narrow(0, 0, 1) : output;
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
  if (!is_flat(input, stride_[0], stride_[0])) return at::conv_transpose3d(input, weight_, bias_, stride_);
  return at::conv_transpose2d(input.squeeze(2), weight_.squeeze(2), bias_, in_plane(stride_)).unsqueeze(2);
}

}  // namespace tazuna
