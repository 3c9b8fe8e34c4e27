// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "infer/weights.hpp"

namespace tazuna {

/// Adam (Kingma and Ba 2015; torch.optim.Adam with its defaults) for one number a task, all 0 at first.
class TaskAdam {
 public:
  /// `decay` times the numbers is added to their gradient.
  TaskAdam(int64_t tasks, at::Device device, double learning_rate, double decay);
  /// The numbers, float64 [tasks], live.
  const Tensor& values() const { return values_; }
  /// One update. Where `gradient` [tasks] is not finite, and for all where `skipped` (float32 scalar) is 1,
  /// nothing changes.
  void step(const Tensor& gradient, const Tensor& skipped);
  /// All live tensors; writing into them restores a checkpoint.
  NamedTensors state() const;

 private:
  double learning_rate_, decay_;
  Tensor values_, first_, second_, updates_;  // [tasks] float64
};

}  // namespace tazuna
