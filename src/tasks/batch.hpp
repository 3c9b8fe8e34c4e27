// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "data/sample.hpp"

namespace tazuna {

class Task;  // tasks/task.hpp

struct Target {
  /// Voxel tasks: classes, int16 [N, 1, D, H, W], no_answer (-1) where nobody knows. Subject tasks: [N],
  /// class or level int64, quantity float32 (standardised).
  Tensor value;
  Tensor present;  ///< [N] bool: a subject may lack an answer
};

/// A micro-batch: the samples of one view as tensors.
struct Batch {
  View view = View::patch;
  Tensor image;                    ///< [N, C, D, H, W] float32; a series: [N, T, C, D, H, W]
  Tensor present;                  ///< [N, C] bool
  Tensor times;                    ///< a series: [N, T] s from the first frame; else undefined
  std::vector<Tensor> covariates;  ///< one a task: [N, F] or undefined
  std::vector<Target> targets;     ///< one a task
  std::vector<std::string> cases;
};

/// The micro-batches of ONE optimiser step.
using Step = std::vector<Batch>;

/// Stacks samples of one view and size and lets each task that such a view asks read its target and its
/// covariates. Series (frame_seconds > 0) get a frame axis and times.
Batch make_batch(std::span<const Sample> samples, View view, const std::vector<std::shared_ptr<Task>>& tasks);

}  // namespace tazuna
