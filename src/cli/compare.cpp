// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>

#include "cli/commands.hpp"
#include "cli/jobs.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "kernels/device.hpp"
#include "kernels/machine.hpp"
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
  // Under a budget the first training measures the steps of all; the others then go side by side.
  const bool first_alone = jobs > 1 && config.train.budget > 0;
  if (jobs == 1 || first_alone) {
    Interrupts interrupts;
    use_threads(config.train.threads);
    const at::Device device = open_device(flags.device, log);
    // The steps are counted at the pace that all have beside each other.
    if (first_alone && device.is_cpu() && config.train.threads == 0 && !std::getenv("OMP_NUM_THREADS"))
      at::set_num_threads(static_cast<int>(std::max<int64_t>(1, usable_cores() / jobs)));
    const CompareRequest request{.out = flags.out,
                                 .seeds = flags.seeds,
                                 .arms = flags.arms,
                                 .folds = flags.folds,
                                 .occlude_region = flags.occlude_region,
                                 .controls = !flags.no_controls,
                                 .atlas = flags.atlas,
                                 .device = device,
                                 .command = flags.command,
                                 .part = parsed_part(flags.division.part),
                                 .first_alone = first_alone};
    if (compare_experiment(config, request, log, interrupts) == Ended::interrupted)
      return interrupts.exit_code();
  }
  return jobs > 1 ? run_jobs(flags.division.words, jobs, flags.device, log) : 0;
}

}  // namespace tazuna
