// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include "cli/commands.hpp"
#include "config/yaml.hpp"
#include "core/interrupt.hpp"
#include "kernels/device.hpp"

namespace tazuna {

int compare_command(const CompareFlags& flags, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  Interrupts interrupts;
  use_threads(config.train);
  const CompareRequest request{.out = flags.out,
                               .seeds = flags.seeds,
                               .arms = flags.arms,
                               .folds = flags.folds,
                               .occlude_region = flags.occlude_region,
                               .controls = !flags.no_controls,
                               .atlas = flags.atlas,
                               .device = open_device(flags.device),
                               .command = flags.command};
  const Ended ended = compare_experiment(config, request, log, interrupts);
  return ended == Ended::interrupted ? interrupts.exit_code() : 0;
}

}  // namespace tazuna
