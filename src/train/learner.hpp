// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tasks/batch.hpp"
#include "train/distributed/processes.hpp"
#include "train/ema.hpp"
#include "train/gradients.hpp"
#include "train/options.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

/// What one step left behind, on the device and not yet looked at.
struct StepReport {
  Tensor losses;         ///< [tasks] float32; NaN for a task that took no part
  Tensor gradient_norm;  ///< float32 scalar, before clipping
  Tensor skipped;        ///< float32 scalar: 1 where the norm was not finite, so that nothing was updated
  /// Cosines between the tasks' gradients of the trunk, float32 [pairs] (conflict.hpp); NaN where nobody
  /// looked.
  Tensor cosines;
};

/// A network that learns: its weights and everything else that a step changes. After construction a step is a
/// pure function of this state, the batch and the step's number.
class Learner {
 public:
  /// `options` are resolved (no `auto`). The model stays the caller's, on `device`. Parts that `freeze` names
  /// take no gradient until step `freeze_steps`, and for good if that is 0; a part that is not there, or
  /// freezing everything, is refused.
  /// Several `processes` share every step: each is given its part of the rows, the gradient is that of all
  /// rows, and all end with the same weights.
  Learner(Model& model, const TrainOptions& options, at::Device device, const Processes& processes = {});
  /// Step k (from 0): one gradient over all micro-batches, one update. A task's loss is the sum of its rows'
  /// losses over the micro-batches that ask it divided by the number of rows with an answer. Without any, and
  /// before its first step (first_steps()), it takes no part. Looking at conflicts changes no bit of the
  /// update.
  StepReport step(const Step& step, int64_t k);
  /// The learning rate of step k (from 0), of all but subject heads.
  double learning_rate(int64_t k) const;
  /// The weights a run ends with: the moving averages, without `ema` the parameters themselves.
  const NamedTensors& final_weights() const { return ema_ ? ema_->averages() : parameters_; }
  const NamedTensors& parameters() const { return parameters_; }
  /// All live tensors: "weights.…", "ema.…", "optimiser.…", "weighting.…". Writing into them restores a
  /// checkpoint.
  NamedTensors state() const;

 private:
  /// One step in work.
  struct Turn {
    int64_t k = 0;
    std::vector<std::vector<int64_t>>
        rows;                       ///< [batches][tasks] with an answer, 0 where the task is not asked
    std::vector<int64_t> all_rows;  ///< [tasks] over all batches of all processes; 0: takes no part
    std::vector<Tensor> losses;     ///< [tasks] float32 scalars; undefined before anything was added
    std::vector<Tensor> first;      ///< [tasks] what the first micro-batch that asks the task added
  };
  Turn turn_of(const Step& step, int64_t k) const;
  void freeze_or_thaw(int64_t k);
  std::vector<Tensor> shares_of(const Step& step, size_t place, const Turn& turn);
  void learn_together(const Step& step, Turn& turn, StepReport& report);
  void learn_apart(const Step& step, Turn& turn, StepReport& report);
  bool looks(const Turn& turn) const;
  Tensor first_losses_again(const Step& step, const Turn& turn);
  Tensor stacked(const std::vector<Tensor>& losses) const;
  void share_losses(std::vector<Tensor>& losses, const Turn& turn) const;
  void share_counts() const;
  void update(const Step& step, const Turn& turn, StepReport& report);

  Model& model_;
  const TrainOptions options_;
  const at::Device device_;
  const Processes processes_;
  NamedTensors parameters_;
  std::set<std::string> frozen_;
  std::vector<int64_t> first_steps_;
  std::unique_ptr<Optimiser> optimiser_, subject_optimiser_;  // of subject heads alone
  std::unique_ptr<Weighting> weighting_;
  std::unique_ptr<Ema> ema_;
  std::unique_ptr<GradientSum> gradient_sum_;  // of several processes, where one gradient serves all tasks
};

/// Scales the gradients so that their joint Euclidean norm is at most `most` (0: as they are) and returns the
/// norm before (float32 scalar; 0 without gradients), as torch.nn.utils.clip_grad_norm_.
Tensor clip_gradients(const std::vector<Tensor>& gradients, double most, at::Device device);

}  // namespace tazuna
