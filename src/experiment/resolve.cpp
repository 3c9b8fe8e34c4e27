// SPDX-License-Identifier: Apache-2.0
#include "experiment/resolve.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "config/writer.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

StructuralOptions& structural(InputOptions& input) {
  return std::get<StructuralOptions>(input);
}
const StructuralOptions& structural(const InputOptions& input) {
  return std::get<StructuralOptions>(input);
}

void choose_sequences(ExperimentConfig& config, const Cohort& cohort) {
  auto& wanted = structural(config.input).sequences;
  if (wanted.empty()) wanted = cohort.sequences;
  for (const std::string& sequence : wanted) {
    if (std::find(cohort.sequences.begin(), cohort.sequences.end(), sequence) != cohort.sequences.end())
      continue;
    throw refused(cat("input.sequences: '", sequence,
                      "' is not in the cohort, which has: ", join(cohort.sequences, ", ")));
  }
}

// A task that names no labels takes the cohort's own names, so that the resolved file says them.
void name_labels(ExperimentConfig& config, const Cohort& cohort) {
  for (TaskOptions& task : config.tasks) {
    std::visit(
        [&cohort](auto& options) {
          if (options.target.labels.empty()) options.target.labels = cohort.labels;
        },
        task.task);
  }
}

PlanRequest request_of(const Experiment& experiment, int64_t classes) {
  const ExperimentConfig& config = experiment.config;
  const TrunkShape& shape = shape_of(config.network);
  PlanRequest request;
  request.spacing = structural(config.input).spacing;
  request.patch = config.train.patch;
  request.batch = config.train.batch;
  request.stages = shape.stages;
  request.widths = shape.widths;
  request.strides = shape.strides;
  request.kernels = shape.kernels;
  request.blocks = shape.blocks;
  request.decoder_blocks = shape.decoder_blocks;
  request.channels = static_cast<int64_t>(structural(config.input).sequences.size());
  request.classes = classes;
  request.residual = kind_of(config.network) == ResidualOptions::kind;
  request.memory_gb = config.train.memory_gb;
  return request;
}

// The planner thinks in working axis order; the file's spacing is in canonical z, y, x.
std::vector<double> canonical_spacing(const Plan& plan) {
  std::vector<double> spacing(3);
  for (size_t axis = 0; axis < 3; ++axis)
    spacing[static_cast<size_t>(plan.arrange[axis])] = plan.spacing[axis];
  return spacing;
}

void fill_autos(ExperimentConfig& config, const Plan& plan, at::Device device) {
  StructuralOptions& input = structural(config.input);
  input.spacing.fill(canonical_spacing(plan));
  input.normalise.fill(plan.normalise);
  TrunkShape& shape = shape_of(config.network);
  shape.stages.fill(plan.stages);
  shape.widths.fill(plan.widths);
  shape.strides.fill(plan.strides);
  shape.kernels.fill(plan.kernels);
  shape.blocks.fill(plan.blocks);
  shape.decoder_blocks.fill(plan.decoder_blocks);
  config.train.patch.fill(plan.patch);
  config.train.batch.fill(plan.batch);
  fill_autos(config.train, device);
}

Preparation preparation_of(const ExperimentConfig& config, const Plan& plan) {
  const StructuralOptions& input = structural(config.input);
  Preparation preparation;
  preparation.sequences = input.sequences;
  preparation.spacing = plan.spacing;
  preparation.arrange = plan.arrange;
  preparation.normalisation.assign(input.sequences.size(), Normalisation{input.normalise.get()});
  return preparation;
}

std::string digest_of(const ExperimentConfig& config, const Fingerprint& fingerprint) {
  std::string text = to_yaml(config);
  for (const CasePrint& print : fingerprint.cases) text += cat(print.id, " ", print.image_sha256, "\n");
  return sha256(text);
}

}  // namespace

std::vector<std::shared_ptr<Task>> Experiment::make_tasks() const {
  std::vector<std::shared_ptr<Task>> tasks;
  for (const TaskOptions& options : config.tasks) tasks.push_back(make_task(options));
  return tasks;
}

std::vector<std::string> Experiment::maps() const {
  std::set<std::string> maps;
  for (const auto& task : make_tasks()) {
    for (const std::string& map : task->wants().maps) maps.insert(map);
  }
  return {maps.begin(), maps.end()};
}

std::vector<std::shared_ptr<const Subject>> Experiment::cases(const std::vector<std::string>& ids) const {
  std::vector<std::shared_ptr<const Subject>> found;
  for (const std::string& id : ids) {
    const auto place =
        std::find_if(subjects.begin(), subjects.end(), [&id](const auto& one) { return one->id == id; });
    if (place == subjects.end()) throw refused(cat("case ", id, " of the split is not in the cohort"));
    found.push_back(*place);
  }
  return found;
}

ScoreNotes Experiment::notes() const {
  ScoreNotes notes;
  for (const TaskOptions& task : config.tasks) {
    std::visit([&notes](const auto& options) { notes.labels[options.name] = options.target.labels; },
               task.task);
  }
  return notes;
}

ModelRecipe Experiment::recipe() const {
  ModelRecipe recipe;
  recipe.input = config.input;
  recipe.preparation = preparation;
  recipe.network = config.network;
  recipe.tasks = config.tasks;
  recipe.patch = config.train.patch.get();
  recipe.precision = config.train.precision.get();
  bool sided = false;
  for (const auto& task : make_tasks()) sided = sided || task->sided();
  for (int64_t axis = 0; axis < 3; ++axis) {
    const bool left_right = preparation.arrange[static_cast<size_t>(axis)] == 2;
    if (!(sided && left_right)) recipe.mirror_axes.push_back(axis);
  }
  return recipe;
}

Experiment resolve(ExperimentConfig config, at::Device device, Log& log) {
  Experiment experiment;
  experiment.cohort = read_cohort(config.data.cohort);
  choose_sequences(config, experiment.cohort);
  name_labels(config, experiment.cohort);
  experiment.config = std::move(config);
  for (const Subject& subject : experiment.cohort.subjects) {
    experiment.subjects.push_back(std::make_shared<const Subject>(subject));
  }
  const auto tasks = experiment.make_tasks();
  std::set<int64_t> labels;  // those the tasks name, and those the cohort itself names though no task asks
  for (const auto& [name, label] : experiment.cohort.labels) labels.insert(label);
  int64_t classes = 2;
  for (const auto& task : tasks) {
    for (const int64_t label : task->allowed_labels()) labels.insert(label);
    classes = std::max(classes, task->outputs());
  }
  Problems problems;
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  experiment.fingerprint =
      take_fingerprint(experiment.cohort.subjects, structural(experiment.config.input).sequences,
                       experiment.maps(), {labels.begin(), labels.end()}, threads, log, problems);
  problems.throw_if_any();
  experiment.digest = digest_of(experiment.config, experiment.fingerprint);
  experiment.plan = make_plan(experiment.fingerprint, request_of(experiment, classes));
  fill_autos(experiment.config, experiment.plan, device);
  experiment.preparation = preparation_of(experiment.config, experiment.plan);
  experiment.folds = split(experiment.cohort.subjects, experiment.config.data.split);
  refuse_shared_images(experiment.folds, experiment.fingerprint.image_digests());
  return experiment;
}

std::string plan_text(const Experiment& experiment) {
  const Plan& plan = experiment.plan;
  const ExperimentConfig& config = experiment.config;
  const TrunkShape& shape = shape_of(config.network);
  std::ostringstream out;
  out << "cohort       " << experiment.cohort.name << ": " << experiment.subjects.size() << " cases, "
      << join(structural(config.input).sequences, " + ") << "\n"
      << "median size  " << join(experiment.fingerprint.median_size(), " x ")
      << " voxels (z, y, x) after the crop\n"
      << "spacing      " << join(structural(config.input).spacing.get(), " x ") << " mm (z, y, x)\n"
      << "normalise    " << structural(config.input).normalise.get() << "\n"
      << "patch        " << join(config.train.patch.get(), " x ") << " voxels (working axes)\n"
      << "batch        " << config.train.batch.get() << " patches\n"
      << "network      " << kind_of(config.network) << ", " << shape.stages.get() << " stages, widths "
      << join(shape.widths.get(), "-") << "\n";
  const auto triples = [](const std::vector<Triple>& list) {
    std::vector<std::string> texts;
    for (const Triple& one : list) texts.push_back(join(one, "x"));
    return join(texts, "  ");
  };
  out << "strides      " << triples(shape.strides.get()) << "\n"
      << "kernels      " << triples(shape.kernels.get()) << "\n"
      << "blocks       " << join(shape.blocks.get(), " ") << " | decoder "
      << join(shape.decoder_blocks.get(), " ") << "\n"
      << "steps        "
      << (config.train.steps.is_auto() ? cat("what ", clock_text(config.train.budget), " allow")
                                       : cat(config.train.steps.get()))
      << ", precision " << config.train.precision.get() << "\n"
      << "folds        " << experiment.folds.size() << "\n\nwhy\n";
  for (const std::string& reason : plan.reasons) out << "  " << reason << "\n";
  return std::move(out).str();
}

}  // namespace tazuna
