// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "infer/weights.hpp"
#include "train/distributed/processes.hpp"

namespace tazuna {

/// Whether tasks share this parameter: not below `heads.` or `decoders.`, which belong to one task each.
bool is_trunk(const std::string& parameter);

/// The gradients of several tasks' losses, kept apart while the micro-batches of a step come in.
class TaskGradients {
 public:
  TaskGradients(const NamedTensors& parameters, size_t tasks);
  /// Adds the gradient of `loss`, a scalar, to the task's; nothing where the loss depends on no parameter
  /// that learns. The graph is kept where `keep_graph`. The parameters' own gradients stay as they are.
  void add(size_t task, const Tensor& loss, bool keep_graph);
  /// Makes each task's gradients the sums over all processes.
  void sum_over(const Processes& processes, at::Device device);
  /// Inner products of the tasks' gradients of the trunk, float64 [tasks, tasks]; 0 for a task without one.
  Tensor products() const;
  /// Makes the sum of all tasks' gradients, each times its entry of `trunk` (float32 [tasks]) or, of
  /// parameters that belong to one task, of `heads`, the parameters' gradients. What was gathered is used up.
  void put(const Tensor& trunk, const Tensor& heads);

 private:
  std::vector<Tensor> parameters_;
  std::vector<bool> shared_;              // one a parameter
  std::vector<std::vector<Tensor>> own_;  // [tasks][parameters]
};

}  // namespace tazuna
