// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include "networks/trunk.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// What a head may read.
struct HeadInput {
  const Features& encoder;
  const Features* decoder = nullptr;  ///< the shared decoder's, or its own if the task has one
  const Tensor* covariates = nullptr;
};

class HeadImpl : public torch::nn::Module {
 public:
  /// `all_levels`: a voxel head answers at every decoder level (training with deep supervision), else the
  /// finest.
  virtual TaskOutput forward(const HeadInput& input, bool all_levels) = 0;
};

}  // namespace tazuna
