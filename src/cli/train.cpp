// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/jobs.hpp"
#include "config/yaml.hpp"
#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/text.hpp"
#include "experiment/run.hpp"
#include "infer/failure.hpp"
#include "kernels/device.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

void use_threads(int64_t threads) {
  // LibTorch counts the machine's cores, and not what a container or a job may use of them.
  const int usable = usable_cores();
  if (threads > 0) {
    at::set_num_threads(static_cast<int>(threads));
  } else if (at::get_num_threads() > usable) {
    at::set_num_threads(usable);
  }
}

namespace {

// Processes on one machine divide its cores, unless srun has bound each to its own. All of them take as many
// threads as the one that has fewest: sums depend on their number.
void share_threads(const TrainOptions& options, const ProcessPlace& place, const Processes& processes) {
  const int sharing = place.bound ? 1 : processes.on_this_machine();
  const int64_t own = options.threads > 0 ? options.threads : std::max(1, usable_cores() / sharing);
  at::set_num_threads(static_cast<int>(processes.least(own)));
}

// Each process of a machine takes the GPU of its number, unless its launcher shows it one alone.
std::string own_device(const std::string& text, const ProcessPlace& place) {
  if (text != "auto" && text != "cuda") return text;
  const int gpus = ask_gpu_driver().gpus;
  return gpus > 1 ? cat("cuda:", place.local_rank) : text;
}

int train_with(const TrainFlags& flags, const ProcessPlace& place, const Processes& processes, Log& log) {
  const auto config = read_config<ExperimentConfig>(flags.config, flags.assignments);
  Interrupts interrupts;
  TrainRequest request{.out = flags.out,
                       .fold = flags.fold,
                       .resume = flags.resume,
                       .command = flags.command,
                       .profile_steps = flags.profile,
                       .any_memory = flags.any_memory,
                       .part = parsed_part(flags.division.part),
                       .processes = processes};
  if (processes.count() == 1) {
    use_threads(config.train.threads);
    request.device = open_device(flags.device, log);
  } else {
    share_threads(config.train, place, processes);
    request.device = open_device(own_device(flags.device, place), log);
    processes.expect_same(request.device.is_cuda() ? "cuda" : "cpu", "kind of device");
  }
  if (train_experiment(config, request, log, interrupts) == Ended::finished) return 0;
  return std::max(processes.exit_code(), interrupts.exit_code());
}

// Rank 0 speaks for all; others speak up when something is wrong.
int train_together(const TrainFlags& flags, const ProcessPlace& place, Log& log) {
  Log others(log.verbosity() == Verbosity::verbose ? Verbosity::verbose : Verbosity::quiet);
  Log& own = place.rank == 0 ? log : others;
  own.info(cat("waiting for ", place.count, " processes at ", place.address, ":", place.port));
  const Processes processes = Processes::meet(place, flags.join_timeout);
  own.info(cat(place.count, " processes train together"));
  try {
    return train_with(flags, place, processes, own);
  } catch (const std::exception& error) {
    processes.fail(sentence_of(error, memory_for_training));
    throw;
  }
}

}  // namespace

int train_command(const TrainFlags& flags, Log& log) {
  const DivisionFlags& division = flags.division;
  if (flags.fold != "all" && (division.jobs > 1 || !division.part.empty()))
    throw Error(
        "--batch and --jobs divide the folds of --fold all; one fold is trained by one process, or by those "
        "that torchrun, srun or mpirun start together",
        Fault::usage);
  // A part trains alone, also where srun has started all parts.
  const ProcessPlace place = division.part.empty() ? place_among_processes() : ProcessPlace();
  if (place.count > 1 && division.jobs > 1)
    throw Error(
        "--jobs starts processes that each train alone; leave it out where a launcher starts several that "
        "train together",
        Fault::usage);
  if (place.count > 1) return train_together(flags, place, log);
  const bool apart = flags.fold == "all" && division.part.empty();
  const int64_t jobs = apart ? jobs_of(division.jobs, flags.device) : 1;
  if (jobs > 1) return run_jobs(division.words, jobs, flags.device, log);
  return train_with(flags, place, Processes(), log);
}

}  // namespace tazuna
