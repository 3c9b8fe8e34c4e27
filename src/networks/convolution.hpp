// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "networks/packed_convolution.hpp"

namespace tazuna {

struct ConvolutionOptions {
  int64_t in = 1, out = 1;    ///< channels
  Triple kernel = {1, 1, 1};  ///< odd
  Triple stride = {1, 1, 1};
  bool bias = true;
};

/// 3D convolution padded by kernel / 2: [N, in, D, H, W] -> [N, out, ceil(D / stride), …]. Depth one under a
/// kernel of depth one runs as conv2d. Parameters `weight` [out, in, d, h, w] and `bias` [out].
class ConvolutionImpl : public torch::nn::Module, public Packable {
 public:
  explicit ConvolutionImpl(const ConvolutionOptions& options);
  Tensor forward(const Tensor& input);

 private:
  ConvolutionOptions options_;
  Tensor weight_, bias_;
};
TORCH_MODULE(Convolution);

/// Transposed 3D convolution whose kernel is its stride: [N, in, D, H, W] -> [N, out, D * stride, …].
/// Parameters `weight` [in, out, d, h, w] and `bias` [out].
class UpsamplingImpl : public torch::nn::Module, public Packable {
 public:
  UpsamplingImpl(int64_t in, int64_t out, const Triple& stride);
  Tensor forward(const Tensor& input);

 private:
  Triple stride_;
  Tensor weight_, bias_;
};
TORCH_MODULE(Upsampling);

}  // namespace tazuna
