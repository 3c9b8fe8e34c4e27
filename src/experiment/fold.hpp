// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "experiment/resolve.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// One network to train: on whom, and where it is left.
struct FoldRun {
  std::filesystem::path folder, cache;
  std::string name;  ///< "fold 2", for the log
  Fold cases;
  bool resume = false;
  Processes processes = {};   ///< that train it together; rank 0 writes
  int64_t profile_steps = 0;  ///< so many are recorded (train/profile.hpp); 0: none
};

/// Trains the network of a fold into its folder, or goes on where it was interrupted: config.yaml,
/// splits.json, journal.csv, timing.csv, model.json, model.safetensors, and of the held-out cases validation/
/// with label maps, cases.tsv, means.tsv, summary.json (voxel tasks), subjects.tsv and task_scores.tsv
/// (subject tasks). Nothing happens if that is all there. `command` goes into log.txt.
Ended train_fold(Experiment experiment, const FoldRun& run, const std::string& command, at::Device device,
                 Log& log, Interrupts& interrupts);
/// Whether a fold left everything behind that it should.
bool is_finished(const FoldRun& run, const Experiment& experiment);

}  // namespace tazuna
