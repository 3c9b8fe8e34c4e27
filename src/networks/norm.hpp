// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "core/tensor.hpp"

namespace tazuna {

/// Instance normalisation with a learnt scale and shift per channel: (x - mean) / sqrt(variance + 1e-5) *
/// weight + bias, mean and (biased) variance over the space of each row and channel. [N, C, D, H, W] -> the
/// same shape and type; statistics are fp32 also for bf16 input. Parameters `weight`, `bias` [C] fp32.
class InstanceNormImpl : public torch::nn::Module {
 public:
  explicit InstanceNormImpl(int64_t channels);
  Tensor forward(const Tensor& input);

 private:
  Tensor weight_, bias_;
};
TORCH_MODULE(InstanceNorm);

}  // namespace tazuna
