// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "experiment/check.hpp"
#include "kernels/device.hpp"

namespace tazuna {

int check_command(const CheckFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  use_threads(config.train.threads);
  std::cout << check_experiment(config, open_device(flags.device, log), log, flags.pictures);
  return 0;
}

}  // namespace tazuna
