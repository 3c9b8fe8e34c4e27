// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "data/cache.hpp"
#include "experiment/resolve.hpp"
#include "tasks/batch.hpp"

namespace tazuna {

/// The training cases of a fold as an endless sequence of optimiser steps. step(k) is a pure function of
/// (config, cases, k): which cases, where, how changed depends on no thread and no earlier step.
class PatchSource {
 public:
  /// Indexes the foreground of every case for forced-foreground patches; `cache` must outlive this object.
  PatchSource(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases, Cache& cache,
              std::vector<std::shared_ptr<Task>> tasks);
  /// The micro-batches of step k. Safe to call from several threads.
  Step step(int64_t k) const;
  /// Structures of the tasks, `TASK: 'NAME' (label L)`, that no training case shows: a network cannot learn
  /// them.
  std::vector<std::string> absent_structures(const ScoreNotes& notes) const;
  /// Steps in which every case is drawn once.
  double steps_per_epoch() const;

 private:
  std::vector<std::shared_ptr<const Subject>> cases_;
  Cache& cache_;
  std::vector<std::shared_ptr<Task>> tasks_;
  std::vector<ForegroundIndex> foreground_;
  AugmentOptions augment_;
  std::array<int64_t, 3> patch_;
  int64_t batch_, seed_;
  double foreground_share_;
};

}  // namespace tazuna
