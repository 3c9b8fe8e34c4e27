// SPDX-License-Identifier: Apache-2.0
#include "experiment/run.hpp"

#include <algorithm>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/cleanup.hpp"
#include "experiment/fold.hpp"
#include "experiment/pooling.hpp"
#include "experiment/report.hpp"
#include "experiment/request.hpp"
#include "infer/score_text.hpp"

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

}  // namespace

Ended train_experiment(const ExperimentConfig& given, const TrainRequest& request, Log& log,
                       Interrupts& interrupts) {
  ExperimentConfig config = given;
  name_source(config.train, request);
  const std::string asked = request_text(config, request);
  expect_run_folder(request.out, request.resume);
  if (request.resume) expect_same_request(asked, request.out);
  Experiment experiment = resolve(config, request.device, log);
  const fs::path cache = config.data.cache.empty() ? request.out / "cache" : config.data.cache;
  const std::vector<FoldRun> runs = runs_of(experiment, request, cache);
  claim_folder(request.out, "train");
  const FileLock alone(request.out / ".tazuna" / "lock", /*wait=*/false);
  if (request.resume) remove_unfinished(request.out);
  write_atomically(request_file(request.out), asked);
  std::vector<fs::path> folders;
  for (const FoldRun& run : runs) {
    if (train_fold(experiment, run, request.command, request.device, log, interrupts) == Ended::interrupted)
      return Ended::interrupted;
    folders.push_back(run.folder);
  }
  if (folders.front() != request.out) {
    pool_folds(folders, request.out, experiment);
    learn_cleanup(experiment, folders, request.out, log);
    log.info(cat("all folds, each case scored by the network that never saw it\n", score_text(request.out)));
    log.info(cat("all folds are finished; the scores of all held-out cases are in ", request.out.string()));
    report_training(request.out, log);
  }
  return Ended::finished;
}

}  // namespace tazuna
