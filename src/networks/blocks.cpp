// SPDX-License-Identifier: Apache-2.0
#include "networks/blocks.hpp"

#include <ATen/ATen.h>

#include "kernels/channels_last.hpp"

namespace tazuna {

namespace {

constexpr double slope_below_zero = 0.01;

/// Out of a stack's first layer into its next ones: same width, no stride.
ConvolutionOptions after(const ConvolutionOptions& first) {
  return {.in = first.out, .out = first.out, .kernel = first.kernel};
}

template <class Link>
Chain<Link> stacked(int64_t count, const ConvolutionOptions& first) {
  Chain<Link> chain;
  for (int64_t i = 0; i < count; ++i) chain->append(i == 0 ? first : after(first));
  return chain;
}

}  // namespace

ConvBlockImpl::ConvBlockImpl(const ConvolutionOptions& options, Activation activation)
    : conv_(register_module("conv", Convolution(options))),
      norm_(register_module("norm", InstanceNorm(options.out))),
      activation_(activation) {}

Tensor ConvBlockImpl::forward(const Tensor& input, const Tensor& residual) {
  return norm_(conv_(input), residual, activation_ == Activation::none ? 1 : slope_below_zero);
}

ConvStackImpl::ConvStackImpl(int64_t count, const ConvolutionOptions& first)
    : convs_(register_module("convs", stacked<ConvBlockImpl>(count, first))) {}

Tensor ConvStackImpl::forward(const Tensor& input) {
  return convs_(input);
}

SkipImpl::SkipImpl(const ConvolutionOptions& options)
    : stride_(options.stride), pools_(options.stride != Triple{1, 1, 1}) {
  if (options.in == options.out) return;
  const ConvolutionOptions projection = {.in = options.in, .out = options.out, .bias = false};
  projection_ = register_module(pools_ ? "1" : "0", ConvBlock(projection, Activation::none));
}

Tensor SkipImpl::forward(const Tensor& input) {
  Tensor features = pools_ ? mean_pool(input, stride_) : input;
  return projection_.is_empty() ? features : projection_(features);
}

BasicBlockImpl::BasicBlockImpl(const ConvolutionOptions& options)
    : conv1_(register_module("conv1", ConvBlock(options))),
      conv2_(register_module("conv2", ConvBlock(after(options)))),
      skip_(register_module("skip", Skip(options))) {}

Tensor BasicBlockImpl::forward(const Tensor& input) {
  return conv2_(conv1_(input), skip_(input));
}

ResidualStackImpl::ResidualStackImpl(int64_t count, const ConvolutionOptions& first)
    : blocks_(register_module("blocks", stacked<BasicBlockImpl>(count, first))) {}

Tensor ResidualStackImpl::forward(const Tensor& input) {
  return blocks_(input);
}

}  // namespace tazuna
