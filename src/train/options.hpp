// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "train/optimisers/catalog.hpp"
#include "train/schedules/catalog.hpp"
#include "train/weighting/catalog.hpp"

namespace tazuna {

/// How a network is trained.
struct TrainOptions {
  Auto<int64_t> steps = {};               ///< optimiser updates; auto: 50000
  Auto<int64_t> batch = {};               ///< patches a step; auto: by the planner
  Auto<std::vector<int64_t>> patch = {};  ///< voxels z, y, x on the working grid; auto: by the planner
  Auto<int64_t> subjects = {};            ///< whole views a step, for subject tasks; auto: as many as `batch`
  Auto<std::string> precision = {};       ///< bf16 | fp32; auto: bf16 where it is native and faster
  double memory_gb = 8;                   ///< sets patch and batch; never probed
  double budget = 0;                      ///< s; timed steps become `steps`; 0: none
  int64_t seed = 1;
  std::filesystem::path from = {};       ///< a run or weights file to begin with; empty: drawn weights
  std::string from_sha256 = {};          ///< of those weights; filled in, and checked where it is given
  std::vector<std::string> freeze = {};  ///< parts of the network that do not learn: "encoder", …
  int64_t freeze_steps = 0;              ///< until they learn after all; 0: never
  double layer_decay = 1;                ///< factor of the learning rate for each layer away from the heads
  OptimiserOptions optimiser = {};
  ScheduleOptions schedule = {};
  double clip = 12;  ///< most the global gradient norm may be; 0: no clipping
  bool ema = true;
  WeightingOptions weighting = {};
  /// Steps between looks at the angle between the tasks' gradients, 0: never; pcgrad looks at every step.
  int64_t conflict_every = 100;
  double subject_learning_rate = 3e-4;  ///< of subject heads, updated by AdamW whatever the trunk's optimiser
  double foreground = 0.33;             ///< share of a batch's patches that are centred on foreground
  Auto<int64_t> validate_every = {};    ///< steps; 0: only at the end; auto: a tenth of the run
  double checkpoint = 300;  ///< s between checkpoints; 0: only at the end and when asked by a signal
  bool deterministic = false;
  std::string select = "final";  ///< final | inner: the last weights, or the best for people split off
  double inner_share = 0.1;      ///< of the training persons, who choose the weights with `inner`
  int64_t patience = 0;          ///< validations without gain of the inner score before a run stops; 0: never
  Auto<int64_t> workers = {};    ///< threads that prepare batches; auto: by cores and device
  int64_t threads = 0;           ///< of computation; 0: all cores
};
void describe(Fields& fields, TrainOptions& options);
void validate(const TrainOptions& options, Problems& problems);

/// Fills what does not depend on the cohort: steps, validate_every (both left open under a budget, which
/// decides them later), subjects (once batch is known), precision and workers for `device`.
void fill_autos(TrainOptions& options, at::Device device = at::Device(at::kCPU));

/// Whether patch `index` of a batch is centred on foreground: the last round(share) of the batch are, as in
/// nnU-Net (its oversample_foreground_percent).
bool forced_foreground(int64_t index, int64_t batch, double share);

}  // namespace tazuna
