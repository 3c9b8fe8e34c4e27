// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "infer/weights.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// What a weighting learns from a step; [tasks] float32 on the device, NaN for a task that took no part.
struct WeightedStep {
  Tensor losses;
  /// For a weighting that looks back: what the first micro-batch that asks the task adds to its loss, before
  /// the update and after it. Else undefined.
  Tensor before = {}, after = {};
  Tensor skipped;  ///< float32 scalar: 1 where nothing was updated
};

/// How the losses of several tasks become one: it acts once a step. It never looks at values on the device.
class Weighting {
 public:
  virtual ~Weighting() = default;
  /// Factor of each task's loss in this step, finite, float32 [tasks]. `losses` are those of the step as
  /// above; undefined unless separates().
  virtual Tensor factors(const Tensor& losses) const = 0;
  /// Whether the tasks' gradients are gathered apart, since factors() asks for the losses of all
  /// micro-batches, or since gradients that conflict are projected.
  virtual bool separates() const { return false; }
  /// Whether the trunk's gradients are projected where they conflict (projected_shares()).
  virtual bool projects() const { return false; }
  /// Whether update() compares the losses before the step with those after it.
  virtual bool looks_back() const { return false; }
  /// Called after the step's update.
  virtual void update(const WeightedStep& /*step*/) {}
  /// All live tensors; writing into them restores a checkpoint.
  virtual NamedTensors state() const { return {}; }
};

/// Each task's `weight`, float32 [tasks].
Tensor task_weights(std::span<const std::shared_ptr<Task>> tasks, at::Device device);
/// Refuses a task whose `weight` is not the default (1 for voxel tasks, 0.1 for subject tasks), for a
/// weighting under which it would cancel.
void refuse_weights(std::span<const std::shared_ptr<Task>> tasks, std::string_view kind);

}  // namespace tazuna
