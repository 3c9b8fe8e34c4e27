// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "experiment/fold_check.hpp"

namespace tazuna {

int plan_command(const CommonFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  const Experiment experiment =
      resolve(config, at::kCPU, log, {.check_words = [](const Experiment& words) { check_folds(words); }});
  std::cout << plan_text(experiment);
  return 0;
}

}  // namespace tazuna
