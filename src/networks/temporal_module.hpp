// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include "networks/temporal.hpp"

namespace tazuna {

/// Pools one stage's features over time: frames [N, T, C, D, H, W], times [N, T] s -> [N, C, D, H, W] in the
/// frames' type. Sums over time are fp32 whatever autocast says, and the same for the same input on every
/// run.
class TemporalImpl : public torch::nn::Module {
 public:
  virtual Tensor forward(const Tensor& frames, const Tensor& times) = 0;
};

}  // namespace tazuna
