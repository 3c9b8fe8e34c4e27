// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "core/tensor.hpp"

namespace tazuna {

/// Instance normalisation with a learnt scale and shift per channel, what is added to it and the activation
/// after it (kernels/instance_norm.hpp). [N, C, D, H, W] -> the same shape and type; statistics are fp32 also
/// for bf16 input. Parameters `weight`, `bias` [C] fp32.
class InstanceNormImpl : public torch::nn::Module {
 public:
  explicit InstanceNormImpl(int64_t channels);
  /// `residual` is added unless undefined, then comes LeakyReLU(slope); a slope of 1 is none.
  Tensor forward(const Tensor& input, const Tensor& residual = {}, double slope = 1);

 private:
  Tensor weight_, bias_;
};
TORCH_MODULE(InstanceNorm);

}  // namespace tazuna
