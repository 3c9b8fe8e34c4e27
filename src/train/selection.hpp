// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"
#include "infer/weights.hpp"

namespace tazuna {

/// The best weights of a run so far, by a score of people who neither learn nor are held out.
class Selection {
 public:
  /// `live`: all tensors that a network ends with; their copies stay on their device.
  explicit Selection(NamedTensors live);
  /// Copies the live weights after `step` updates if `score` is at least the best so far: of equals the later
  /// ones are kept, which have learnt for longer. NaN never is. Returns whether they were copied.
  bool look(double score, int64_t step);
  /// The step of the last score that was higher than all before it; 0 before any. Equal scores are no gain,
  /// though the later weights are kept.
  int64_t gained() const;
  /// The step of the best weights; 0 before any.
  int64_t step() const;
  double score() const;
  const NamedTensors& best() const { return best_; }
  /// All live tensors; writing into them restores a checkpoint.
  NamedTensors state() const;

 private:
  NamedTensors live_, best_;
  Tensor score_, step_, gained_;  // float64 scalars
};

}  // namespace tazuna
