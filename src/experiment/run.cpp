// SPDX-License-Identifier: Apache-2.0
#include "experiment/run.hpp"

#include <algorithm>
#include <thread>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/text.hpp"
#include "experiment/cleanup.hpp"
#include "experiment/held_out.hpp"
#include "experiment/patches.hpp"
#include "experiment/pooling.hpp"
#include "experiment/report.hpp"
#include "infer/model_file.hpp"
#include "infer/score_text.hpp"
#include "infer/transfer.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// The fold `all` trains in RUN/fold_K; a single one in RUN itself.
struct FoldRun {
  fs::path folder, cache;
  std::string name;  // "fold 2", for the log
  Fold cases;
  bool resume;
};

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

fs::path request_file(const fs::path& out) {
  return out / ".tazuna" / "request.yaml";
}

// A run goes on only with the file and the fold it began with.
void expect_same_request(const std::string& text, const fs::path& out) {
  if (!fs::exists(request_file(out))) return;
  const auto before = split_text(read_text(request_file(out)), '\n'), now = split_text(text, '\n');
  for (size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const std::string was = i < before.size() ? before[i] : "", is = i < now.size() ? now[i] : "";
    if (was != is) {
      const auto shown = [](const std::string& line) {
        return trimmed(line.starts_with("# ") ? line.substr(2) : line);
      };
      throw refused(cat(out.string(), ": the run began with another configuration: '", shown(was),
                        "' is now '", shown(is),
                        "'; resume with the same file and the same --set, or start a new run"));
    }
  }
}

// With a budget the number of steps is measured once; a resumed run takes it from its own config.yaml.
void take_measured_steps(Experiment& experiment, const fs::path& folder) {
  const fs::path file = folder / "config.yaml";
  if (experiment.config.train.budget == 0 || !fs::exists(file)) return;
  const auto before = read_config<ExperimentConfig>(file);
  if (before.train.steps.is_auto()) return;
  experiment.config.train = before.train;
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
  const fs::path file = weights_file(train.from);
  const std::string found = sha256_of_file(file);
  if (!train.from_sha256.empty() && train.from_sha256 != found) {
    throw refused(cat("train.from_sha256 is ", train.from_sha256, ", but that of ", file.string(), " is ",
                      found, "; give the weights it belongs to, or leave the key out"));
  }
  train.from_sha256 = found;
}

// A run that has begun goes on with its own weights.
void begin_with(const TrainOptions& train, Model& model, const fs::path& state, Log& log) {
  if (train.from.empty() || !absent_or_empty(state)) return;
  const SourceWeights source = read_source(train.from);
  if (source.sha256 != train.from_sha256)
    throw refused(cat(train.from.string(), ": its weights have changed since the run was asked for"));
  log.info(transfer_text(transfer_weights(model, source.weights, train.from.string()), train.from.string()));
}

Fold everybody(const Experiment& experiment) {
  Fold fold;
  for (const auto& subject : experiment.subjects) fold.train.push_back(subject->id);
  return fold;
}

// What a task learns from answers comes from the training part alone.
void fit(const std::vector<std::shared_ptr<Task>>& tasks,
         const std::vector<std::shared_ptr<const Subject>>& training) {
  std::vector<Subject> words;
  for (const auto& subject : training) words.push_back(*subject);
  Problems problems;
  for (const auto& task : tasks) task->fit(words, problems);
  problems.throw_if_any();
}

// While training goes on whole volumes are scored; after the last step their answers are written as well.
void validate_with(const HeldOut& held_out, const fs::path& folder, RunParts& parts) {
  fs::remove(folder / "summary.json");  // left by a run that was killed while it ended
  parts.validate = [&held_out](Model& network) { return held_out.scores(network); };
  parts.validate_last = [&held_out, folder](Model& network) { return held_out.write(network, folder); };
}

void warn_of_absent(const PatchSource& patches, const ScoreNotes& notes, Log& log) {
  for (const std::string& structure : patches.absent_structures(notes))
    log.warn(cat("no training case shows ", structure, "; the network cannot learn it"));
}

// Whether a fold left everything behind that it should.
bool is_finished(const FoldRun& run, const Experiment& experiment) {
  const auto scored = [&run](const char* part) { return fs::exists(run.folder / part / "summary.json"); };
  return fs::exists(run.folder / "model.json") && (run.cases.held_out.empty() || scored("validation")) &&
         (experiment.held_aside.empty() || scored("held_aside"));
}

// Answers and scores the cases in `folder`, unless that was done, and says so.
void leave_scores(const HeldOut& cases, const std::string& who, Model& model, const fs::path& folder,
                  Log& log) {
  if (cases.empty()) return;
  if (!fs::exists(folder / "summary.json")) cases.write(model, folder);
  log.info(cat(who, ", final weights\n", score_text(read_means(folder / "means.tsv"))));
  log.info(cat(who, " are answered and scored in ", folder.string()));
}

Ended train_fold(Experiment experiment, const FoldRun& run, const TrainRequest& request, Log& log,
                 Interrupts& interrupts) {
  const at::Device device = request.device;
  if (run.resume && is_finished(run, experiment)) {
    log.info(cat(run.folder.string(), ": already finished"));
    return Ended::finished;
  }
  fs::create_directories(run.folder);
  log.attach(run.folder / "log.txt");
  log.detail(request.command);
  const bool resume = run.resume && fs::exists(run.folder / "config.yaml");
  if (resume) take_measured_steps(experiment, run.folder);
  const auto write_config = [&] { write_atomically(run.folder / "config.yaml", to_yaml(experiment.config)); };
  if (!experiment.config.train.steps.is_auto()) write_config();
  write_atomically(run.folder / "splits.json", splits_json(experiment.folds));

  const auto training = experiment.cases(run.cases.train), held = experiment.cases(run.cases.held_out);
  const auto tasks = experiment.make_tasks();
  fit(tasks, training);
  const ModelRecipe recipe = experiment.recipe();
  Model model(recipe.network, static_cast<int64_t>(recipe.preparation.sequences.size()), tasks,
              experiment.config.train.seed);
  begin_with(experiment.config.train, model, run.folder / "state", log);
  Cache cache(run.cache, experiment.preparation, experiment.maps());
  auto all = training;
  for (const auto* part : {&held, &std::as_const(experiment).held_aside})
    all.insert(all.end(), part->begin(), part->end());
  cache.fill(all, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())), log);

  model.to(device);
  const PatchSource patches(experiment, training, cache, tasks);
  warn_of_absent(patches, experiment.notes(), log);
  const HeldOut held_out(experiment, held, cache, tasks, device),
      held_aside(experiment, experiment.held_aside, cache, tasks, device);
  log.info(cat(run.name, ": ", training.size(), training.size() == 1 ? " case trains, " : " cases train, ",
               held.size(), held.size() == 1 ? " is held out; " : " are held out; ", recipe.precision, " on ",
               device.str()));

  RunParts parts{.model = model,
                 .options = experiment.config.train,
                 .make_step = [&patches](int64_t k) { return patches.step(k); },
                 .device = device,
                 .folder = run.folder,
                 .log = log,
                 .interrupts = &interrupts,
                 .fingerprint_of_config = experiment.digest};
  if (!held_out.empty()) validate_with(held_out, run.folder / "validation", parts);
  parts.budget_resolved = [&](const TrainOptions& resolved) {
    experiment.config.train = resolved;
    write_config();
    return experiment.digest;
  };
  if (train(parts, resume) == Ended::interrupted) return Ended::interrupted;
  save_model(run.folder, recipe, tasks, weights_of(model));
  leave_scores(held_out, "held-out cases", model, run.folder / "validation", log);
  leave_scores(held_aside, "cases held aside", model, run.folder / "held_aside", log);
  log.info(cat(run.name, " is finished: the model is ", (run.folder / "model.safetensors").string()));
  report_training(run.folder, log);
  return Ended::finished;
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
    if (train_fold(experiment, run, request, log, interrupts) == Ended::interrupted)
      return Ended::interrupted;
    folders.push_back(run.folder);
  }
  if (folders.front() != request.out) {
    pool_folds(folders, request.out, experiment.notes());
    learn_cleanup(experiment, folders, request.out, log);
    log.info(cat("all folds, each case scored by the network that never saw it\n",
                 score_text(read_means(request.out / "means.tsv"))));
    log.info(cat("all folds are finished; the scores of all held-out cases are in ", request.out.string()));
    report_training(request.out, log);
  }
  return Ended::finished;
}

}  // namespace tazuna
