// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "core/interrupt.hpp"
#include "experiment/run.hpp"
#include "kernels/device.hpp"

namespace tazuna {

int train_command(const TrainFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  Interrupts interrupts;
  const TrainRequest request{flags.out, flags.fold, flags.resume, open_device(flags.device)};
  const Ended ended = train_experiment(config, request, log, interrupts);
  return ended == Ended::interrupted ? interrupts.exit_code() : 0;
}

}  // namespace tazuna
