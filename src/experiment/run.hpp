// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>

#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "experiment/parts.hpp"
#include "experiment/resolve.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// What `tazuna train` was asked for.
struct TrainRequest {
  std::filesystem::path out;
  std::string fold = "0";  ///< a number, "all" or "none"
  bool resume = false;
  at::Device device = at::kCPU;
  std::string command;        ///< the command line, for log.txt
  int64_t profile_steps = 0;  ///< of each training so many are recorded (train/profile.hpp); 0: none
  bool any_memory = false;    ///< begin even where the free memory is estimated to be too little
  Part part = {};             ///< of the folds, under "all": only these are trained
  Processes processes = {};   ///< that train together
};

/// Trains one fold, all folds (RUN/fold_K and pooled tables in RUN) or everybody. A non-empty RUN is refused
/// unless resuming; resuming refuses another configuration, another fold or changed data. Parts of all folds
/// share RUN and go on with what is there; whichever finishes the last fold pools them. Several processes
/// need a batch that their number divides, and see one file system.
Ended train_experiment(const ExperimentConfig& config, const TrainRequest& request, Log& log,
                       Interrupts& interrupts);

}  // namespace tazuna
