// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>

#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "core/interrupt.hpp"
#include "experiment/run.hpp"
#include "kernels/device.hpp"

namespace tazuna {

void use_threads(const TrainOptions& options) {
  if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
}

int train_command(const TrainFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  Interrupts interrupts;
  use_threads(config.train);
  const TrainRequest request{flags.out, flags.fold, flags.resume, open_device(flags.device), flags.command};
  const Ended ended = train_experiment(config, request, log, interrupts);
  return ended == Ended::interrupted ? interrupts.exit_code() : 0;
}

}  // namespace tazuna
