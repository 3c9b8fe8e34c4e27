// SPDX-License-Identifier: Apache-2.0
#include "networks/onednn_convolution.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/native/ConvUtils.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "core/error.hpp"

namespace tazuna {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A layer's convolution apart from its tensors.
struct Steps {
  std::vector<int64_t> stride, padding;
  bool transposed;

  std::vector<int64_t> each(int64_t value) const { return std::vector<int64_t>(stride.size(), value); }
};

/// LibTorch's functions that ask oneDNN stand in tables by the processor's kind, with one entry for all
/// kinds, and the lookup is not exported.
template <class Stub>
auto function_of(const Stub&) {
  return Stub::DEFAULT;
}

Tensor forward_of(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                  const Steps& steps) {
  if (!steps.transposed)
    return at::mkldnn_convolution(input, weight, bias, steps.padding, steps.stride, steps.each(1), 1);
  return function_of(at::native::mkldnn_convolution_transpose_stub)(
      input, weight, bias, steps.padding, steps.each(0), steps.stride, steps.each(1), 1);
}

std::tuple<Tensor, Tensor, Tensor> backward_of(const Tensor& slopes, const Tensor& input,
                                               const Tensor& weight, const Steps& steps,
                                               std::array<bool, 3> asked) {
  if (!steps.transposed)
    return function_of(at::native::mkldnn_convolution_backward_stub)(input, slopes, weight, steps.padding,
                                                                     steps.stride, steps.each(1), 1, asked);
  return function_of(at::native::mkldnn_convolution_transpose_backward_stub)(
      input, slopes, weight, steps.padding, steps.each(0), steps.stride, steps.each(1), 1, asked);
}

struct OneDnnConvolution : torch::autograd::Function<OneDnnConvolution> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const std::optional<Tensor>& bias, const std::vector<int64_t>& stride,
                        const std::vector<int64_t>& padding, bool transposed) {
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["transposed"] = transposed;
    context->saved_data["bias"] = bias.has_value();
    context->save_for_backward({input, weight});
    return forward_of(input, weight, bias, {stride, padding, transposed});
  }
  static variable_list backward(AutogradContext* context, const variable_list& slopes) {
    if (at::GradMode::is_enabled()) throw Error("the direct convolution has no second derivatives");
    const variable_list saved = context->get_saved_variables();
    const Steps steps{context->saved_data["stride"].toIntVector(),
                      context->saved_data["padding"].toIntVector(),
                      context->saved_data["transposed"].toBool()};
    const auto [input, weight, bias] =
        backward_of(slopes[0], saved[0], saved[1], steps,
                    {context->needs_input_grad(0), context->needs_input_grad(1),
                     context->saved_data["bias"].toBool() && context->needs_input_grad(2)});
    return {input, weight, bias, Tensor(), Tensor(), Tensor()};
  }
};

std::optional<Tensor> if_defined(const Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace

bool is_slow_alone(const Tensor& input) {
  constexpr int64_t large = 20480;
  return input.is_cpu() && input.scalar_type() == at::kFloat && input.size(0) == 1 &&
         input.numel() / input.size(-1) <= large && at::globalContext().userEnabledMkldnn() &&
         at::hasMKLDNN() && !at::autocast::is_autocast_enabled(at::kCPU);
}

Tensor onednn_convolution(const Tensor& input, const Tensor& weight, const Tensor& bias,
                          at::IntArrayRef stride, at::IntArrayRef padding) {
  return OneDnnConvolution::apply(input, weight, if_defined(bias), stride.vec(), padding.vec(), false);
}

Tensor onednn_transposed(const Tensor& input, const Tensor& weight, const Tensor& bias,
                         at::IntArrayRef stride) {
  return OneDnnConvolution::apply(input, weight, if_defined(bias), stride.vec(),
                                  std::vector<int64_t>(stride.size(), 0), true);
}

}  // namespace tazuna
