// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "train/learner.hpp"

namespace tazuna {

/// Means over the steps between two rows of the journal, gathered on the device so that steps need not be
/// looked at one by one. Skipped steps and tasks without an answer do not count.
class Interval {
 public:
  Interval(int64_t tasks, at::Device device);
  void add(const StepReport& report);

  struct Means {
    std::vector<double> losses;  ///< one a task; NaN where no step counted
    double gradient_norm = 0;    ///< NaN where no step counted
    int64_t skipped = 0;         ///< steps whose gradient was not finite
    std::vector<double> cosines =
        {};  ///< one a pair of tasks, over the steps that were looked at; NaN without any
  };
  /// The means since the last call; begins anew.
  Means take();
  /// Whether no step was added since.
  bool empty() const;
  /// How many steps up to now were skipped without one that was not.
  int64_t skipped_in_a_row() const;
  /// All live tensors; writing into them restores a checkpoint.
  NamedTensors state() const;

 private:
  int64_t tasks_;
  Tensor sums_, counts_;       // [tasks + 1 + pairs] float64: losses, gradient norm, cosines
  Tensor skipped_, in_a_row_;  // float64 scalars
};

}  // namespace tazuna
