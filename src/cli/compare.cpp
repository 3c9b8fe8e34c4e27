// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include "cli/commands.hpp"
#include "cli/jobs.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "kernels/device.hpp"
#include "train/distributed/place.hpp"

namespace tazuna {

int compare_command(const CompareFlags& flags, Log& log) {
  if (flags.division.part.empty() && place_among_processes().count > 1)
    throw Error(
        "compare trains its networks one by one; divide them among processes by --batch I/N instead of "
        "letting a launcher start several for all",
        Fault::usage);
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  const int64_t jobs = flags.division.part.empty() ? jobs_of(flags.division.jobs, flags.device) : 1;
  if (jobs > 1) return run_jobs(flags.division.words, jobs, flags.device, log, config.train.budget > 0);
  Interrupts interrupts;
  use_threads(config.train.threads);
  const CompareRequest request{.out = flags.out,
                               .seeds = flags.seeds,
                               .arms = flags.arms,
                               .folds = flags.folds,
                               .occlude_region = flags.occlude_region,
                               .controls = !flags.no_controls,
                               .atlas = flags.atlas,
                               .device = open_device(flags.device, log),
                               .command = flags.command,
                               .part = parsed_part(flags.division.part),
                               .join_timeout = flags.join_timeout,
                               .any_memory = flags.any_memory};
  return compare_experiment(config, request, log, interrupts) == Ended::interrupted ? interrupts.exit_code()
                                                                                    : 0;
}

}  // namespace tazuna
