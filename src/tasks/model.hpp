// SPDX-License-Identifier: Apache-2.0
#pragma once

// Only .cpp files of layers with modules include this.
#include <torch/nn/module.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "networks/encoding.hpp"
#include "tasks/head.hpp"

namespace tazuna {

/// What a network is given: one view of N cases.
struct ModelInput {
  Tensor image;                         ///< [N, C, D, H, W]; a series: [N, T, C, D, H, W]
  Tensor present = {};                  ///< [N, C] bool; undefined: all there
  Tensor times = {};                    ///< [N, T] s, of a series
  std::vector<Tensor> covariates = {};  ///< one a task: [N, F] or undefined; empty: none
};
/// The batch's tensors on `device`.
ModelInput input_of(const Batch& batch, at::Device device);

/// One trunk and a head per task. Parameter names: those of Encoding, `decoder.…` (if a voxel task reads the
/// shared one), `decoders.<task>.…` (of a task that has its own), `heads.<task>.…`.
class Model : public torch::nn::Module {
 public:
  /// Weights drawn from `seed`; without one they are not drawn, for weights that will be assigned. The tasks
  /// have been fitted, or have their constants from a file.
  Model(const TrunkOptions& trunk, NetworkInput input, std::vector<std::shared_ptr<Task>> tasks,
        std::optional<int64_t> seed);
  /// Of `channels` sequences that are always there.
  Model(const TrunkOptions& trunk, int64_t channels, std::vector<std::shared_ptr<Task>> tasks,
        std::optional<int64_t> seed);
  /// Answers of the tasks that such a view asks (answers()), in task order; others stay empty. `all_levels`:
  /// voxel heads answer at every decoder level. `asked`: further narrows the tasks (one flag a task; empty:
  /// all), so that no decoder or head runs for nothing. Subject heads run without autocast. In a whole view
  /// the shared decoder and the voxel heads run only if a subject task that is asked needs them.
  std::vector<TaskOutput> forward(const ModelInput& input, View view, bool all_levels,
                                  const std::vector<bool>& asked = {});
  std::vector<TaskOutput> forward(const Tensor& image, View view, bool all_levels);
  /// The encoder's features alone, pooled over time for a series.
  Features encode(const ModelInput& input);
  const std::vector<std::shared_ptr<Task>>& tasks() const { return tasks_; }
  const TrunkOptions& trunk() const { return trunk_; }
  const NetworkInput& input() const { return encoding_.input(); }

 private:
  /// What of one view the heads read.
  struct Read;
  void make_decoders();
  std::vector<bool> tasks_asked(View view, const std::vector<bool>& asked) const;
  void answer_voxels(Read& read, bool all_levels, const std::vector<bool>& asked,
                     std::vector<TaskOutput>& outputs);
  void answer_subjects(const Read& read, const ModelInput& input, const std::vector<bool>& asked,
                       std::vector<TaskOutput>& outputs);

  TrunkOptions trunk_;
  Encoding encoding_;
  std::vector<std::shared_ptr<Task>> tasks_;
  std::shared_ptr<DecoderImpl> decoder_;
  std::vector<std::shared_ptr<DecoderImpl>> decoders_;  // one a task; null for a task without its own
  std::vector<std::shared_ptr<HeadImpl>> heads_;
};

}  // namespace tazuna
