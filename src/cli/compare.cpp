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
  // Under a budget the first training measures the steps of all.
  const bool apart = flags.division.part.empty() && (flags.division.jobs > 0 || config.train.budget == 0);
  const int64_t jobs = apart ? jobs_of(flags.division.jobs, flags.device) : 1;
  if (jobs > 1) return run_jobs(flags.division.words, jobs, flags.device, log);
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
                               .part = parsed_part(flags.division.part)};
  const Ended ended = compare_experiment(config, request, log, interrupts);
  return ended == Ended::interrupted ? interrupts.exit_code() : 0;
}

}  // namespace tazuna
