// SPDX-License-Identifier: Apache-2.0
#include "experiment/run.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/cleanup.hpp"
#include "experiment/fold.hpp"
#include "experiment/fold_check.hpp"
#include "experiment/memory_demand.hpp"
#include "experiment/pooling.hpp"
#include "experiment/report.hpp"
#include "experiment/request.hpp"
#include "infer/score_text.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// Looks without touching, so that a refusal leaves nothing behind.
void expect_run_folder(const fs::path& out, bool resume) {
  if (!resume && !absent_or_empty(out)) {
    throw refused(cat(out.string(), " is not empty; go on with --resume, or choose another --out"));
  }
  if (resume && !fs::exists(out / ".tazuna" / "train")) {
    throw refused(cat(out.string(), " holds no run to resume; leave --resume out to start one"));
  }
}

// The request as it stood, before any `auto` was filled.
std::string request_text(const ExperimentConfig& config, const TrainRequest& request) {
  return cat("# --fold ", request.fold, "\n", to_yaml(config));
}

// The digest of the weights that training begins with, so that a resumed run notices others. They may be gone
// by then; those that were loaded count.
void name_source(TrainOptions& train, const TrainRequest& request) {
  if (train.from.empty()) return;
  const fs::path before = request_file(request.out);
  if (request.resume && !fs::exists(train.from) && fs::exists(before)) {
    train.from_sha256 = read_config<ExperimentConfig>(before).train.from_sha256;
    return;
  }
  name_weights(train);
}

Fold everybody(const Experiment& experiment) {
  Fold fold;
  for (const auto& subject : experiment.subjects) fold.train.push_back(subject->id);
  return fold;
}

size_t fold_number(const std::string& text, size_t folds) {
  const bool digits =
      !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(text) >= folds) {
    throw Error(cat("--fold ", text, ": expected all, none or a number from 0 to ", folds - 1), Fault::usage);
  }
  return std::stoul(text);
}

// Only what has no effect on results may differ between processes.
std::string plan_of(ExperimentConfig config) {
  config.train.workers = 0;
  config.train.threads = 0;
  return to_yaml(config);
}

// Each process takes as many patches of every step.
void expect_even_shares(const TrainOptions& train, int processes) {
  const int64_t batch = train.batch.get(), less = batch - batch % processes;
  if (less == batch) return;
  throw refused(cat("train.batch is ", batch, ", which ", processes,
                    " processes cannot share evenly; set it to ", less > 0 ? cat(less, " or ") : "",
                    less + processes, ", or start another number of processes"));
}

// Of what one process does.
void expect_own_memory(const Experiment& experiment, const TrainRequest& request, Log& log) {
  const auto free = free_memory(request.device);
  if (!free) return;
  const Processes& processes = request.processes;
  if (processes.count() == 1)
    return expect_memory(experiment, request.device, *free, request.any_memory, log);
  Experiment own = experiment;
  own.config.train.batch = experiment.config.train.batch.get() / processes.count();
  const int sharing = request.device.is_cpu() ? processes.on_this_machine() : 1;
  within(cat("each of ", processes.count(), " processes takes ", own.config.train.batch.get(),
             " patches a step"),
         [&] { expect_memory(own, request.device, *free / sharing, request.any_memory, log); });
}

// Trainings that are there already need neither the machine's memory nor its GPU, nor do those of other
// parts.
bool has_open_run(const std::vector<FoldRun>& runs, const Experiment& experiment, const Part& part) {
  for (size_t i = 0; i < runs.size(); ++i)
    if (part.has(i) && !is_finished(runs[i], experiment)) return true;
  return false;
}

// What to train, in this order.
std::vector<FoldRun> runs_of(Experiment& experiment, const TrainRequest& request, const fs::path& cache) {
  const bool held_out = std::any_of(experiment.folds.begin(), experiment.folds.end(),
                                    [](const Fold& fold) { return !fold.held_out.empty(); });
  if (request.fold == "none" || !held_out) {
    experiment.folds = {everybody(experiment)};
    return {{request.out, cache, "everybody", experiment.folds.front(), request.resume}};
  }
  if (request.fold != "all") {
    const size_t k = fold_number(request.fold, experiment.folds.size());
    return {{request.out, cache, cat("fold ", k), experiment.folds[k], request.resume}};
  }
  std::vector<FoldRun> runs;
  for (size_t k = 0; k < experiment.folds.size(); ++k) {
    runs.push_back(
        {request.out / cat("fold_", k), cache, cat("fold ", k), experiment.folds[k], request.resume});
  }
  return runs;
}

// Numbers of the folds to train; where nobody is held out, runs_of() has made everybody the only one.
std::vector<size_t> folds_asked(const Experiment& experiment, const TrainRequest& request) {
  if (experiment.folds.size() > 1 && request.fold != "all")
    return {fold_number(request.fold, experiment.folds.size())};
  std::vector<size_t> all(experiment.folds.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

// One process looks at the folder for all.
void expect_request(const TrainRequest& request, const std::string& asked) {
  request.processes.expect_same(asked, "configuration");
  request.processes.expect_same(request.out.string(), "run folder");
  if (!request.processes.writes() || !request.part.whole()) return;
  expect_run_folder(request.out, request.resume);
  if (request.resume) expect_same_request(asked, request.out);
}

void leave_request(const TrainRequest& request, const std::string& asked, const Stay& stay) {
  const auto turn = stay.turn();
  if (request.part.whole() && request.resume) remove_unfinished(request.out);
  if (!request.part.whole()) expect_same_request(asked, request.out);
  write_atomically(request_file(request.out), asked);
}

Ended train_all(const Experiment& experiment, const std::vector<FoldRun>& runs, const TrainRequest& request,
                const Stay* stay, Log& log, Interrupts& interrupts) {
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!request.part.has(i)) continue;
    const auto mine = stay ? stay->training(i) : nullptr;
    if (train_fold(experiment, runs[i], request.command, request.device, log, interrupts) ==
        Ended::interrupted)
      return Ended::interrupted;
  }
  return Ended::finished;
}

void pool(const Experiment& experiment, const std::vector<FoldRun>& runs, const fs::path& out, Log& log) {
  std::vector<fs::path> folders;
  for (const FoldRun& run : runs) folders.push_back(run.folder);
  pool_folds(folders, out, experiment);
  learn_cleanup(experiment, folders, out, log);
  log.info(cat("all folds, each case scored by the network that never saw it\n", score_text(out)));
  log.info(cat("all folds are finished; the scores of all held-out cases are in ", out.string()));
  report_training(out, log);
}

}  // namespace

Ended train_experiment(const ExperimentConfig& given, const TrainRequest& request, Log& log,
                       Interrupts& interrupts) {
  ExperimentConfig config = given;
  name_source(config.train, request);
  const std::string asked = request_text(config, request);
  const Processes& processes = request.processes;
  expect_request(request, asked);
  const fs::path cache = config.data.cache.empty() ? request.out / "cache" : config.data.cache;
  const auto check_words = [&](Experiment words) {
    runs_of(words, request, cache);
    check_folds(words, folds_asked(words, request));
  };
  Experiment experiment = resolve(config, request.device, log,
                                  {.prints = std::make_shared<CasePrints>(cache),
                                   .check_words = check_words,
                                   .no_folds = request.fold == "none"});
  std::vector<FoldRun> runs = runs_of(experiment, request, cache);
  processes.expect_same(plan_of(experiment.config), "plan");
  expect_even_shares(experiment.config.train, processes.count());
  const auto finished = [&] {
    return std::ranges::count_if(runs, [&](const FoldRun& run) { return is_finished(run, experiment); });
  };
  if (has_open_run(runs, experiment, request.part)) {
    expect_own_memory(experiment, request, log);
    expect_augment_device(experiment.config.augment, request.device);
  }
  for (FoldRun& run : runs) {
    run.profile_steps = request.profile_steps;
    run.processes = processes;
    run.resume = request.resume || !request.part.whole();
  }
  std::unique_ptr<Stay> stay;
  if (processes.writes()) {
    stay = std::make_unique<Stay>(request.out, "train", request.part);
    leave_request(request, asked, *stay);
  }
  processes.meet_here();  // the others make the cache in a folder that is ours
  if (train_all(experiment, runs, request, stay.get(), log, interrupts) == Ended::interrupted)
    return Ended::interrupted;
  const auto done = finished();
  if (done < std::ssize(runs) && !request.part.whole()) {
    log.info(cat("part ", request.part.index, " of ", request.part.count, " is done; ", done, " of ",
                 runs.size(), " folds are finished, and whoever finishes the last one puts them together"));
  } else if (processes.writes() && runs.front().folder != request.out) {
    const auto turn = stay->turn();
    pool(experiment, runs, request.out, log);
  }
  processes.meet_here();  // what rank 0 fails at all processes fail at
  return Ended::finished;
}

}  // namespace tazuna
