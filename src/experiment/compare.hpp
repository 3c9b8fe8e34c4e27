// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "experiment/config.hpp"
#include "experiment/parts.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// What `tazuna compare` was asked for.
struct CompareRequest {
  std::filesystem::path out;
  int64_t seeds = 1;                        ///< train.seed, train.seed + 1, …
  std::vector<std::filesystem::path> arms;  ///< further configurations, each an arm named after its file
  std::vector<std::string> folds;           ///< numbers; empty or "all": all
  bool occlude_region = false;  ///< answer subject tasks again with the segmented region filled in
  bool controls = true;
  std::filesystem::path atlas;  ///< regions for the control `connectivity` of a series; empty: none
  at::Device device = at::kCPU;
  std::string command;
  Part part = {};           ///< of the trainings; only these are done
  double join_timeout = 0;  ///< s for which a part waits for the steps of a budget; 0: it, and half an hour
  bool any_memory = false;  ///< begin even where the free memory is estimated to be too little
};

/// Trains `joint` (all tasks), each task alone, and the arms of further files, on the same folds with the
/// same number of steps and the same seeds; fits the linear controls; compares them case by case on the
/// held-out people; and looks which parts of the images move the first arm's answers. Leaves in OUT:
/// config.yaml, arms.tsv, cases.tsv, answers_TASK.tsv, scores.tsv, comparison.tsv, differences.tsv,
/// occlusion.tsv, saliency.tsv, flow.tsv, comparison.json, report.html (docs/COMPARE.md says what they hold),
/// of people in no fold held_aside with such tables, and the runs in arms/NAME-HASH/seed_S/fold_K. Goes on
/// where it was interrupted; arms that are there already are not trained again. Refused: a folder begun with
/// another configuration, a split that holds nobody out, arms that do not fit, and a training still to do
/// that asks for more memory than is free. Parts share OUT; under a budget they take the steps that part 0
/// measures (measured_steps.hpp), and whichever finishes the last training compares.
Ended compare_experiment(const ExperimentConfig& config, const CompareRequest& request, Log& log,
                         Interrupts& interrupts);

}  // namespace tazuna
