// SPDX-License-Identifier: Apache-2.0
#include "experiment/run.hpp"

#include <algorithm>
#include <thread>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/text.hpp"
#include "experiment/held_out.hpp"
#include "experiment/patches.hpp"
#include "experiment/pooling.hpp"
#include "infer/model_file.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// The fold `all` trains in RUN/fold_K; a single one in RUN itself.
struct FoldRun {
  fs::path folder, cache;
  std::vector<std::string> train, held_out;
  bool resume;
};

void open_run_folder(const fs::path& out, bool resume) {
  if (!resume && !absent_or_empty(out)) {
    throw refused(cat(out.string(), " is not empty; go on with --resume, or choose another --out"));
  }
  if (resume && absent_or_empty(out)) {
    throw refused(cat(out.string(), " holds no run to resume; leave --resume out to start one"));
  }
  claim_folder(out, "train");
}

// A run goes on only with the file it began with: the request as it stood, before any `auto` was filled.
void keep_request(const ExperimentConfig& config, const fs::path& out, bool resume) {
  const fs::path file = out / ".tazuna" / "request.yaml";
  const std::string text = to_yaml(config);
  if (!resume || !fs::exists(file)) {
    write_atomically(file, text);
    return;
  }
  const auto before = split_text(read_text(file), '\n'), now = split_text(text, '\n');
  for (size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const std::string was = i < before.size() ? before[i] : "", is = i < now.size() ? now[i] : "";
    if (was != is) {
      throw refused(cat(out.string(), ": the run began with another configuration: '", trimmed(was),
                        "' is now '", trimmed(is),
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

std::vector<std::string> all_ids(const Experiment& experiment) {
  std::vector<std::string> ids;
  for (const auto& subject : experiment.subjects) ids.push_back(subject->id);
  return ids;
}

Ended train_fold(Experiment experiment, const FoldRun& run, at::Device device, Log& log,
                 Interrupts& interrupts) {
  if (run.resume && fs::exists(run.folder / "validation" / "summary.json")) {
    log.info(cat(run.folder.string(), ": already finished"));
    return Ended::finished;
  }
  fs::create_directories(run.folder);
  log.attach(run.folder / "log.txt");
  const bool resume = run.resume && fs::exists(run.folder / "config.yaml");
  if (resume) take_measured_steps(experiment, run.folder);
  const auto write_config = [&] { write_atomically(run.folder / "config.yaml", to_yaml(experiment.config)); };
  if (!experiment.config.train.steps.is_auto()) write_config();
  write_atomically(run.folder / "splits.json", splits_json(experiment.folds));

  const auto training = experiment.cases(run.train), held = experiment.cases(run.held_out);
  Cache cache(run.cache, experiment.preparation, experiment.maps());
  auto everybody = training;
  everybody.insert(everybody.end(), held.begin(), held.end());
  cache.fill(everybody, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())), log);

  const auto tasks = experiment.make_tasks();
  std::vector<Subject> words;
  for (const auto& subject : training) words.push_back(*subject);
  Problems problems;
  for (const auto& task : tasks) task->fit(words, problems);
  problems.throw_if_any();
  const ModelRecipe recipe = experiment.recipe();
  Model model(recipe.network, static_cast<int64_t>(recipe.preparation.sequences.size()), tasks,
              experiment.config.train.seed);
  model.to(device);
  const PatchSource patches(experiment, training, cache, tasks);
  const HeldOut held_out(experiment, held, cache, tasks, device);
  log.info(cat(training.size(), " cases train, ", held.size(), " are held out; ", recipe.precision, " on ",
               device.str()));

  RunParts parts{.model = model,
                 .options = experiment.config.train,
                 .make_step = [&patches](int64_t k) { return patches.step(k); },
                 .device = device,
                 .folder = run.folder,
                 .log = log,
                 .interrupts = &interrupts,
                 .fingerprint_of_config = experiment.digest};
  if (!held_out.empty()) parts.validate = [&held_out](Model& network) { return held_out.scores(network); };
  parts.budget_resolved = [&](const TrainOptions& resolved) {
    experiment.config.train = resolved;
    write_config();
    return experiment.digest;
  };
  if (train(parts, resume) == Ended::interrupted) return Ended::interrupted;
  save_model(run.folder, recipe, tasks, weights_of(model));
  if (!held_out.empty()) held_out.write(model, run.folder / "validation");
  return Ended::finished;
}

size_t fold_number(const std::string& text, size_t folds) {
  const bool digits =
      !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(text) >= folds) {
    throw Error(cat("--fold ", text, ": expected all, none or a number from 0 to ",
                    folds == 0 ? 0 : folds - 1, folds == 0 ? " (data.split is none: use --fold none)" : ""),
                Fault::usage);
  }
  return std::stoul(text);
}

}  // namespace

Ended train_experiment(const ExperimentConfig& config, const TrainRequest& request, Log& log,
                       Interrupts& interrupts) {
  const Experiment experiment = resolve(config, request.device, log);
  const bool all = request.fold == "all", none = request.fold == "none" || experiment.folds.empty();
  const size_t number = all || none ? 0 : fold_number(request.fold, experiment.folds.size());
  open_run_folder(request.out, request.resume);
  keep_request(config, request.out, request.resume);
  const fs::path cache = config.data.cache.empty() ? request.out / "cache" : config.data.cache;
  if (none) {
    return train_fold(experiment, {request.out, cache, all_ids(experiment), {}, request.resume},
                      request.device, log, interrupts);
  }
  if (!all) {
    const Fold& fold = experiment.folds[number];
    return train_fold(experiment, {request.out, cache, fold.train, fold.held_out, request.resume},
                      request.device, log, interrupts);
  }
  std::vector<fs::path> folders;
  for (size_t k = 0; k < experiment.folds.size(); ++k) {
    const Fold& fold = experiment.folds[k];
    folders.push_back(request.out / cat("fold_", k));
    log.info(cat("fold ", k, " of ", experiment.folds.size()));
    const FoldRun run{folders.back(), cache, fold.train, fold.held_out, request.resume};
    if (train_fold(experiment, run, request.device, log, interrupts) == Ended::interrupted)
      return Ended::interrupted;
  }
  pool_folds(folders, request.out, experiment.notes());
  return Ended::finished;
}

}  // namespace tazuna
