// SPDX-License-Identifier: Apache-2.0
#include "experiment/fold.hpp"

#include <algorithm>

#include "config/writer.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "data/reading_threads.hpp"
#include "experiment/held_out.hpp"
#include "experiment/inner_score.hpp"
#include "experiment/measured_steps.hpp"
#include "experiment/report.hpp"
#include "experiment/steps.hpp"
#include "infer/model_file.hpp"
#include "infer/score_text.hpp"
#include "infer/transfer.hpp"
#include "kernels/machine.hpp"
#include "tasks/model.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;
using Cases = std::vector<std::shared_ptr<const Subject>>;

// With a budget the number of steps is measured once; a resumed run takes it from its own config.yaml.
void take_measured_steps(Experiment& experiment, const fs::path& folder) {
  if (experiment.config.train.budget == 0) return;
  if (const auto measured = measured_training(folder)) experiment.config.train = *measured;
}

// A run that has begun goes on with its own weights.
void begin_with(const TrainOptions& train, Model& model, const fs::path& state, Log& log) {
  if (train.from.empty() || !absent_or_empty(state)) return;
  const SourceWeights source = read_source(train.from);
  if (source.sha256 != train.from_sha256)
    throw refused(cat(train.from.string(), ": its weights have changed since the run was asked for"));
  log.info(transfer_text(transfer_weights(model, source.weights, train.from.string()), train.from.string()));
}

void open_folder(const fs::path& folder, const std::string& command, Log& log) {
  fs::create_directories(folder);
  log.attach(folder / "log.txt");
  log.detail(command);
}

// What a fold has learnt from nobody may be held out of later, and a finished fold is not trained again.
void expect_same_folds(const Experiment& experiment, const FoldRun& run) {
  const fs::path file = run.folder / "splits.json";
  if (!run.resume || !fs::exists(file) || read_text(file) == splits_json(experiment.folds)) return;
  throw refused(
      cat(run.folder.string(),
          ": the run began with other folds than data.split gives now; they stand in its splits.json: "
          "restore the split, or train into a new folder"));
}

// `people`: who learns and who chooses the weights; where anybody does, the run's folder says who.
void write_splits(const Experiment& experiment, const Fold& people, const fs::path& folder) {
  write_atomically(folder / "splits.json", splits_json(experiment.folds));
  if (!people.held_out.empty()) write_atomically(folder / "inner_split.json", splits_json({people}));
}

void fill(Cache& cache, const Experiment& experiment, const std::vector<Cases>& parts, Log& log) {
  Cases all;
  for (const Cases& part : parts) all.insert(all.end(), part.begin(), part.end());
  const int threads = reading_threads(experiment.cohort.subjects, experiment.preparation.sequences,
                                      usable_cores(), free_memory(at::kCPU));
  cache.fill(all, threads, log);
}

// While training goes on whole volumes are scored; after the last step their answers are written as well,
// unless its weights may not be those that are kept.
void validate_with(const HeldOut& held_out, const HeldOut& inner, const fs::path& folder, RunParts& parts) {
  if (!inner.empty()) parts.choose = [&inner](Model& network) { return inner_score(inner.scores(network)); };
  if (held_out.empty()) return;
  if (parts.processes.writes())
    fs::remove(folder / "summary.json");  // left by a run that was killed while it ended
  parts.validate = [&held_out](Model& network) { return held_out.scores(network); };
  if (inner.empty())
    parts.validate_last = [&held_out, folder](Model& network) { return held_out.write(network, folder); };
}

// "40 cases train, 4 choose the weights, 10 are held out; ".
std::string who_does_what(size_t learn, size_t choose, size_t held_out) {
  const std::string chosen =
      choose == 0 ? "" : cat(choose, choose == 1 ? " chooses the weights, " : " choose the weights, ");
  return cat(learn, learn == 1 ? " case trains, " : " cases train, ", chosen, held_out,
             held_out == 1 ? " is held out; " : " are held out; ");
}

void warn_of_absent(const StepSource& source, const ScoreNotes& notes, Log& log) {
  for (const std::string& structure : source.absent_structures(notes))
    log.warn(cat("no training case shows ", structure, "; the network cannot learn it"));
}

// Whole views beside or instead of patches; their sizes differ from case to case.
bool draws_whole_views(const Experiment& experiment, const std::vector<std::shared_ptr<Task>>& tasks) {
  return !experiment.whole.both &&
         std::ranges::any_of(tasks, [](const auto& task) { return task->scope() == Scope::subject; });
}

// The voxel tasks' scores are written last in their part; subject answers before them.
bool is_scored(const fs::path& folder) {
  return fs::exists(folder / "summary.json");
}

// Answers and scores the cases in `folder`, unless that was done, and says so.
void leave_scores(const HeldOut& cases, const std::string& who, Model& model, const fs::path& folder,
                  Log& log) {
  if (cases.empty()) return;
  if (!is_scored(folder)) cases.write(model, folder);
  log.info(cat(who, ", final weights\n", score_text(folder)));
  log.info(cat(who, " are answered and scored in ", folder.string()));
}

// What the finished network says of the people it has not learnt from.
void leave_answers(const FoldRun& run, Model& model, const HeldOut& held_out, const HeldOut& held_aside,
                   Log& log) {
  leave_scores(held_out, "held-out cases", model, run.folder / "validation", log);
  leave_scores(held_aside, "cases held aside", model, run.folder / "held_aside", log);
  log.info(cat(run.name, " is finished: the model is ", (run.folder / "model.safetensors").string()));
  report_training(run.folder, log);
}

}  // namespace

bool is_finished(const FoldRun& run, const Experiment& experiment) {
  return fs::exists(run.folder / "model.json") &&
         (run.cases.held_out.empty() || is_scored(run.folder / "validation")) &&
         (experiment.held_aside.empty() || is_scored(run.folder / "held_aside"));
}

Ended train_fold(Experiment experiment, const FoldRun& run, const std::string& command, at::Device device,
                 Log& log, Interrupts& interrupts) {
  const bool writes = run.processes.writes();
  if (writes) expect_same_folds(experiment, run);
  if (run.processes.first_says(run.resume && is_finished(run, experiment))) {
    log.info(cat(run.folder.string(), ": already finished"));
    return Ended::finished;
  }
  const bool resume = run.processes.first_says(run.resume && fs::exists(run.folder / "config.yaml"));
  if (writes) open_folder(run.folder, command, log);
  if (resume) take_measured_steps(experiment, run.folder);
  const auto write_config = [&] { write_atomically(run.folder / "config.yaml", to_yaml(experiment.config)); };
  if (writes && !experiment.config.train.steps.is_auto()) write_config();

  const Fold people = experiment.training_parts(run.cases);
  if (writes) write_splits(experiment, people, run.folder);
  const Cases training = experiment.cases(people.train), choosing = experiment.cases(people.held_out),
              held = experiment.cases(run.cases.held_out);
  const auto tasks = experiment.make_tasks();
  fit_tasks(tasks, training);
  const ModelRecipe recipe = experiment.recipe();
  Model model(recipe.network, network_input(recipe), tasks, experiment.config.train.seed);
  begin_with(experiment.config.train, model, run.folder / "state", log);
  experiment.prints->save(log);
  Cache cache(run.cache, experiment.preparation, experiment.maps());
  fill(cache, experiment, {training, choosing, held, experiment.held_aside}, log);

  model.to(device);
  const StepSource source(experiment, training, cache, tasks, {run.processes.rank(), run.processes.count()},
                          device);
  warn_of_absent(source, experiment.notes(), log);
  const HeldOut held_out(experiment, held, cache, tasks, device),
      inner(experiment, choosing, cache, tasks, device),
      held_aside(experiment, experiment.held_aside, cache, tasks, device);
  log.info(cat(run.name, ": ", who_does_what(training.size(), choosing.size(), held.size()), recipe.precision,
               " on ", device.str()));

  RunParts parts{.model = model,
                 .options = experiment.config.train,
                 .make_step = [&source](int64_t k, bool subjects) { return source.step(k, subjects); },
                 .one_shape = !draws_whole_views(experiment, tasks),
                 .device = device,
                 .channels_last = shape_of(experiment.config.network).layout != "contiguous",
                 .folder = run.folder,
                 .log = log,
                 .interrupts = &interrupts,
                 .fingerprint_of_config = experiment.digest,
                 .processes = run.processes,
                 .profile_steps = run.profile_steps};
  validate_with(held_out, inner, run.folder / "validation", parts);
  parts.budget_resolved = [&](const TrainOptions& resolved) {
    experiment.config.train = resolved;
    if (writes) write_config();
    return experiment.digest;
  };
  if (const Ended ended = train(parts, resume); ended == Ended::interrupted || !writes) return ended;
  save_model(run.folder, recipe, tasks, weights_of(model));
  leave_answers(run, model, held_out, held_aside, log);
  return Ended::finished;
}

}  // namespace tazuna
