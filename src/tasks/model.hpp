// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <vector>

#include "tasks/head.hpp"

namespace tazuna {

/// One trunk and a head per task. Parameter names: `encoder.…`, `decoder.…` (if a task reads the shared one),
/// `decoders.<task>.…` (of a task that has its own), `heads.<task>.…`.
class Model : public torch::nn::Module {
 public:
  /// Weights drawn from `seed`; without one they are not drawn, for weights that will be assigned.
  Model(const TrunkOptions& trunk, int64_t channels, std::vector<std::shared_ptr<Task>> tasks,
        std::optional<int64_t> seed);
  /// Answers of the tasks of `view`'s scope (patch: voxel, whole: subject), in task order; others stay empty.
  /// `all_levels`: with deep supervision.
  std::vector<TaskOutput> forward(const Tensor& image, View view, bool all_levels);
  const std::vector<std::shared_ptr<Task>>& tasks() const { return tasks_; }
  const TrunkOptions& trunk() const { return trunk_; }
  int64_t channels() const { return channels_; }

 private:
  TrunkOptions trunk_;
  int64_t channels_;
  std::vector<std::shared_ptr<Task>> tasks_;
  std::shared_ptr<EncoderImpl> encoder_;
  std::shared_ptr<DecoderImpl> decoder_;
  std::vector<std::shared_ptr<DecoderImpl>> decoders_;  // one a task; null for a task without its own
  std::vector<std::shared_ptr<HeadImpl>> heads_;
};

/// Stacks samples of one view and size and lets each task read its target.
Batch make_batch(std::span<const Sample> samples, View view, const std::vector<std::shared_ptr<Task>>& tasks);

}  // namespace tazuna
