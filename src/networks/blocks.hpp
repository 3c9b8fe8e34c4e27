// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "networks/chain.hpp"
#include "networks/convolution.hpp"
#include "networks/norm.hpp"

namespace tazuna {

enum class Activation { none, leaky_relu };

/// Convolution, instance norm, LeakyReLU(0.01) or nothing; `conv.*`, `norm.*` (ConvDropoutNormReLU of
/// dynamic-network-architectures, whose names are in brackets below).
class ConvBlockImpl : public torch::nn::Module {
 public:
  explicit ConvBlockImpl(const ConvolutionOptions& options, Activation activation = Activation::leaky_relu);
  /// `residual` is added before the activation unless undefined.
  Tensor forward(const Tensor& input, const Tensor& residual = {});

 private:
  Convolution conv_;
  InstanceNorm norm_;
  Activation activation_;
};
TORCH_MODULE(ConvBlock);

/// `count` ConvBlocks in a row, the first with the stride and input of `first`; `convs.<i>`
/// (StackedConvBlocks).
class ConvStackImpl : public torch::nn::Module {
 public:
  ConvStackImpl(int64_t count, const ConvolutionOptions& first);
  Tensor forward(const Tensor& input);

 private:
  Chain<ConvBlockImpl> convs_;
};
TORCH_MODULE(ConvStack);

/// The short way around a BasicBlock: the mean over each stride, then, where the width changes, a 1x1
/// convolution without bias and its norm. `0.*`, or `1.*` behind a pooling.
class SkipImpl : public torch::nn::Module {
 public:
  explicit SkipImpl(const ConvolutionOptions& options);
  Tensor forward(const Tensor& input);

 private:
  Triple stride_;
  bool pools_;
  ConvBlock projection_{nullptr};
};
TORCH_MODULE(Skip);

/// Basic block of ResNet-D (He et al. 2019, "Bag of Tricks for Image Classification with CNNs"): two
/// ConvBlocks, the second with a Skip added before its LeakyReLU; `conv1`, `conv2`, `skip` (BasicBlockD).
class BasicBlockImpl : public torch::nn::Module {
 public:
  explicit BasicBlockImpl(const ConvolutionOptions& options);
  Tensor forward(const Tensor& input);

 private:
  ConvBlock conv1_, conv2_;
  Skip skip_;
};
TORCH_MODULE(BasicBlock);

/// `count` BasicBlocks in a row, the first with the stride and input of `first`; `blocks.<i>`
/// (StackedResidualBlocks).
class ResidualStackImpl : public torch::nn::Module {
 public:
  ResidualStackImpl(int64_t count, const ConvolutionOptions& first);
  Tensor forward(const Tensor& input);

 private:
  Chain<BasicBlockImpl> blocks_;
};
TORCH_MODULE(ResidualStack);

}  // namespace tazuna
