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

/// What `tazuna train` was asked for.
struct TrainRequest {
  std::filesystem::path out;
  std::string fold = "0";  ///< a number, "all" or "none"
  bool resume = false;
  at::Device device = at::kCPU;
  std::string command;  ///< the command line, for log.txt
};

/// Trains one fold, all folds (RUN/fold_K and pooled tables in RUN) or everybody. A non-empty RUN is refused
/// unless resuming; resuming refuses another configuration, another fold or changed data.
Ended train_experiment(const ExperimentConfig& config, const TrainRequest& request, Log& log,
                       Interrupts& interrupts);

}  // namespace tazuna
