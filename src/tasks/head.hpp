// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "networks/trunk.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// What a head will meet.
struct HeadWidths {
  TrunkWidths trunk;
  /// Name and classes K of each voxel task on the shared decoder, in the model's order.
  std::vector<std::pair<std::string, int64_t>> voxel_classes = {};
};

/// What a head may read.
struct HeadInput {
  const Features& encoder;
  const Features* decoder = nullptr;  ///< the shared decoder's, or its own if the task has one
  const Tensor* covariates = nullptr;
  /// Class shares of every voxel task on the shared decoder by the task's name, detached, [N, K, D, H, W];
  /// null unless the task needs them.
  const std::map<std::string, Tensor>* voxel_shares = nullptr;
};

class HeadImpl : public torch::nn::Module {
 public:
  /// `all_levels`: a voxel head answers at every decoder level (training with deep supervision), else the
  /// finest.
  virtual TaskOutput forward(const HeadInput& input, bool all_levels) = 0;
  /// Called once when its parameters have been drawn, for what should begin otherwise.
  virtual void begin() {}
};

}  // namespace tazuna
