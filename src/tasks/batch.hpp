// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "data/sample.hpp"

namespace tazuna {

struct Target {
  Tensor value;    ///< voxel tasks: classes, int16 [N, 1, D, H, W], no_answer (-1) where nobody knows
  Tensor present;  ///< [N] bool: a subject may lack an answer
};

/// A micro-batch: the samples of one view as tensors.
struct Batch {
  View view = View::patch;
  Tensor image;                    ///< [N, C, D, H, W] float32
  Tensor present;                  ///< [N, C] bool
  std::vector<Tensor> covariates;  ///< one a task: [N, F] or undefined
  std::vector<Target> targets;     ///< one a task
  std::vector<std::string> cases;
};

/// The micro-batches of ONE optimiser step.
using Step = std::vector<Batch>;

}  // namespace tazuna
