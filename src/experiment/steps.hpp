// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "data/cache.hpp"
#include "experiment/resolve.hpp"
#include "tasks/batch.hpp"

namespace tazuna {

/// The rows of a step that one of several processes takes: of n rows those from first(n) to first(n, 1) - 1.
struct RowShare {
  int64_t index = 0, count = 1;
  int64_t first(int64_t rows, int64_t after = 0) const { return rows * (index + after) / count; }
};

/// The training cases of a fold as an endless sequence of optimiser steps. A step is a pure function of
/// (config, cases, k): which cases, where, how changed depends on no thread and no earlier step.
class StepSource {
 public:
  /// Indexes the foreground of every case for forced-foreground patches; `cache` must outlive this object.
  /// With a `share` of the rows the shares of all processes together are the step of one process. `device`:
  /// the network's, where samples are cut and changed, and left, if `augment.device` says gpu.
  StepSource(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases, Cache& cache,
             std::vector<std::shared_ptr<Task>> tasks, RowShare share = {},
             at::Device device = at::Device(at::kCPU));
  /// The micro-batches of step k: `train.batch` patches if a voxel task asks or patches hold whole cases,
  /// and, where `subjects`, `train.subjects` whole views of cases with an answer to a subject task, those of
  /// one size stacked. Safe to call from several threads.
  Step step(int64_t k, bool subjects) const;
  /// Structures of the tasks, `TASK: 'NAME' (label L)`, that no training case shows: a network cannot learn
  /// them.
  std::vector<std::string> absent_structures(const ScoreNotes& notes) const;

 private:
  Batch patches(int64_t k) const;
  void add_whole_views(int64_t k, Step& step) const;
  Sample read(const std::shared_ptr<const Subject>& subject) const;
  Sample window_of(const Sample& sample, Random& random) const;

  std::vector<std::shared_ptr<const Subject>> cases_;
  Cache& cache_;
  std::vector<std::shared_ptr<Task>> tasks_;
  std::vector<ForegroundIndex> foreground_;
  std::vector<size_t> answered_;  // cases with an answer to a subject task
  AugmentOptions augment_;
  std::optional<at::Device> augment_on_;  // in tensor operations there
  SubjectView view_;
  bool voxel_tasks_ = false;
  std::array<int64_t, 3> patch_;
  int64_t batch_, subjects_, seed_;
  RowShare share_;
  double foreground_share_;
};

}  // namespace tazuna
