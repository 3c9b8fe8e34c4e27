// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

int plan_command(const CommonFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  std::cout << plan_text(resolve(config, at::kCPU, log));
  return 0;
}

}  // namespace tazuna
