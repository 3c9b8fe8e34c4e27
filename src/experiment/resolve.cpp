// SPDX-License-Identifier: Apache-2.0
#include "experiment/resolve.hpp"

#include <algorithm>
#include <set>

#include "config/writer.hpp"
#include "core/text.hpp"
#include "data/reading_threads.hpp"
#include "data/split_persons.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

namespace {

FingerprintOptions fingerprint_options(const InputOptions& input) {
  FingerprintOptions options;
  options.missing = images_of(input).missing == "allow";
  if (const auto* slice = std::get_if<SliceOptions>(&input)) {
    options.slice_axis = slice->axis;
    options.slice_column = slice->column;
  }
  if (const auto* series = std::get_if<SeriesOptions>(&input)) {
    options.series = true;
    options.resample_frames = series->resample;
  }
  return options;
}

std::vector<int64_t> stride_product(const TrunkOptions& network) {
  std::vector<int64_t> product{1, 1, 1};
  for (const Triple& stride : shape_of(network).strides.get())
    for (size_t axis = 0; axis < 3; ++axis) product[axis] *= stride[axis];
  return product;
}

// The words that tasks name as classes or levels, by column.
DeclaredWords declared_words(const std::vector<TaskOptions>& tasks) {
  DeclaredWords words;
  for (const TaskOptions& task : tasks) {
    std::visit(
        [&words](const auto& options) {
          if constexpr (requires { options.target.classes; })
            words[options.target.column].insert(options.target.classes.begin(), options.target.classes.end());
          if constexpr (requires { options.target.levels; })
            words[options.target.column].insert(options.target.levels.begin(), options.target.levels.end());
        },
        task.task);
  }
  return words;
}

// What is read of a case, as the options tell it: the tasks themselves need names of labels, which the cohort
// may give.
CohortRequest files_wanted(const ExperimentConfig& config) {
  CohortRequest request;
  const ImageOptions& images = images_of(config.input);
  request.sequences = images.sequences;
  request.filter = images.filter;
  request.missing_allowed = images.missing == "allow";
  request.words = declared_words(config.tasks);
  std::set<std::string> maps;
  for (const TaskOptions& task : config.tasks) {
    std::visit(
        [&maps](const auto& options) {
          if constexpr (requires { options.target.map; }) maps.insert(options.target.map);
        },
        task.task);
  }
  request.maps = {maps.begin(), maps.end()};
  return request;
}

void choose_sequences(ExperimentConfig& config, const Cohort& cohort) {
  auto& wanted = images_of(config.input).sequences;
  if (wanted.empty()) wanted = cohort.sequences;
  for (const std::string& sequence : wanted) {
    if (std::find(cohort.sequences.begin(), cohort.sequences.end(), sequence) != cohort.sequences.end())
      continue;
    throw refused(cat("input.sequences: '", sequence,
                      "' is not in the cohort, which has: ", join(cohort.sequences, ", ")));
  }
  Problems problems;  // of a list that the file left to the cohort
  std::visit([&problems](const auto& input) { validate(input, problems); }, config.input);
  problems.throw_if_any();
}

// Names that the cohort gives to other labels, and labels that it does not know.
void check_labels(const std::string& where, const NamedIntegers& asked, const NamedIntegers& known,
                  Problems& problems) {
  if (known.empty()) return;
  std::vector<std::string> texts;
  for (const auto& [name, label] : known) texts.push_back(cat(name, " ", label));
  for (const auto& [name, label] : asked) {
    const auto same_name =
        std::find_if(known.begin(), known.end(), [&](auto& one) { return one.first == name; });
    const auto same_label =
        std::find_if(known.begin(), known.end(), [&](auto& one) { return one.second == label; });
    if (same_name != known.end() && same_name->second != label) {
      problems.add(where, cat("'", name, "' is ", label, " here and ", same_name->second, " in the cohort"));
    } else if (same_label == known.end()) {
      problems.add(where,
                   cat("the cohort has no label ", label, " ('", name, "'); it has ", join(texts, ", ")));
    }
  }
}

// A task that names no labels takes the cohort's own names, so that the resolved file says them; the label
// that nnU-Net calls `ignore` is no structure.
void name_labels(ExperimentConfig& config, const Cohort& cohort, Problems& problems) {
  const auto is_ignore = [](const auto& one) { return one.first == "ignore"; };
  for (size_t i = 0; i < config.tasks.size(); ++i) {
    std::visit(
        [&](auto& options) {
          if constexpr (requires { options.target.labels; }) {
            NamedIntegers& labels = options.target.labels;
            const NamedIntegers& known = cohort.labels_for(options.target.map);
            if (labels.empty()) labels = known;
            check_labels(cat("tasks.", i, ".target.labels"), labels, known, problems);
            const auto ignored = std::find_if(known.begin(), known.end(), is_ignore);
            if (ignored != known.end() && options.target.ignore == 0) options.target.ignore = ignored->second;
            std::erase_if(labels, [&](const auto& one) {
              return is_ignore(one) && one.second == options.target.ignore;
            });
          }
        },
        config.tasks[i].task);
  }
}

PlanRequest request_of(const Experiment& experiment, const std::vector<std::shared_ptr<Task>>& tasks) {
  const ExperimentConfig& config = experiment.config;
  const TrunkShape& shape = shape_of(config.network);
  PlanRequest request;
  request.spacing = images_of(config.input).spacing;
  request.patch = config.train.patch;
  request.batch = config.train.batch;
  request.stages = shape.stages;
  request.widths = shape.widths;
  request.strides = shape.strides;
  request.kernels = shape.kernels;
  request.blocks = shape.blocks;
  request.decoder_blocks = shape.decoder_blocks;
  if (const auto* series = std::get_if<SeriesOptions>(&config.input)) {
    request.frames = series->frames;
    request.frame_chunk = series->temporal.frame_chunk;
  }
  request.voxel_tasks = false;
  for (const auto& task : tasks) {
    if (task->scope() != Scope::voxel) continue;
    request.voxel_tasks = true;
    request.classes = std::max(request.classes, task->outputs());
  }
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
  ImageOptions& input = images_of(config.input);
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
  const auto& patch = config.train.patch.get();
  config.augment.affine.rotate_degrees.fill(automatic_degrees({patch[0], patch[1], patch[2]}));
  config.train.batch.fill(plan.batch);
  config.train.subjects.fill(config.train.batch.get());
  fill_autos(config.train, device);
}

Preparation preparation_of(const Experiment& experiment) {
  const ExperimentConfig& config = experiment.config;
  const Plan& plan = experiment.plan;
  const ImageOptions& input = images_of(config.input);
  Preparation preparation;
  preparation.sequences = input.sequences;
  preparation.spacing = plan.spacing;
  preparation.arrange = plan.arrange;
  preparation.n4 = input.n4;
  preparation.normalisation.assign(input.sequences.size(), Normalisation{input.normalise.get()});
  preparation.missing = input.missing == "allow";
  if (const auto* slice = std::get_if<SliceOptions>(&config.input)) {
    preparation.slice_axis = slice->axis;
    preparation.slice_column = slice->column;
  }
  if (const auto* series = std::get_if<SeriesOptions>(&config.input)) {
    preparation.frame_seconds = experiment.fingerprint.median_frame_seconds();
    preparation.resample_frames = series->resample;
    preparation.skip_frames = series->skip;
  }
  return preparation;
}

// The columns that a task reads, as its options tell it.
std::vector<std::string> columns_of(const TaskKind& task) {
  return std::visit(
      [](const auto& options) {
        std::vector<std::string> columns;
        if constexpr (requires { options.target.column; }) columns.push_back(options.target.column);
        if constexpr (requires { options.covariates; })
          columns.insert(columns.end(), options.covariates.begin(), options.covariates.end());
        return columns;
      },
      task);
}

// The tasks whose columns are there, with the names that the cohort decides; a column of no case is a slip of
// the pen.
std::vector<std::shared_ptr<Task>> tasks_of(ExperimentConfig& config, const Cohort& cohort,
                                            Problems& problems) {
  const std::set<std::string> known(cohort.columns.begin(), cohort.columns.end());
  std::vector<std::shared_ptr<Task>> tasks;
  for (size_t i = 0; i < config.tasks.size(); ++i) {
    bool there = true;
    for (const std::string& column : columns_of(config.tasks[i].task)) {
      if (known.contains(column)) continue;
      there = false;
      problems.add(cat("tasks.", i), cat("the cohort has no column '", column, "'", offer(column, known)));
    }
    if (!there) continue;
    collect(problems, [&] {
      fill_values(config.tasks[i].task, cohort.subjects);
      tasks.push_back(make_task(config.tasks[i]));
    });
  }
  return tasks;
}

// Every label that a map may hold: those that its tasks name, and those that the cohort itself names in it
// though no task asks.
LabelsOfMaps labels_of(const std::vector<std::shared_ptr<Task>>& tasks, const Cohort& cohort) {
  LabelsOfMaps known;
  for (const auto& task : tasks) {
    for (const std::string& map : task->wants().maps) {
      for (const auto& [name, label] : cohort.labels_for(map)) known[map].insert(label);
      for (const int64_t label : task->allowed_labels()) known[map].insert(label);
    }
  }
  return known;
}

// Those that no case has and that were told already are not looked for again.
std::vector<std::string> maps_to_read(std::vector<std::string> maps, const Problems& problems) {
  std::erase_if(maps, [&problems](const std::string& map) {
    return std::any_of(problems.list().begin(), problems.list().end(),
                       [&map](const Problem& problem) { return problem.where == map; });
  });
  return maps;
}

// Says who is who, and divides the cohort's people into those of the folds and those held aside.
void divide(Experiment& experiment) {
  name_persons(experiment.cohort.subjects, experiment.config.data.split);
  const std::vector<std::string> aside = held_aside(experiment.cohort.subjects, experiment.config.data.split);
  experiment.folds = split(experiment.cohort.subjects, experiment.config.data.split);
  for (const Subject& subject : experiment.cohort.subjects) {
    auto& part = std::binary_search(aside.begin(), aside.end(), subject.id) ? experiment.held_aside
                                                                            : experiment.subjects;
    part.push_back(std::make_shared<const Subject>(subject));
  }
}

// No image may be trained on and scored.
void refuse_images_in_two_parts(const Experiment& experiment) {
  const auto digests = experiment.fingerprint.image_digests();
  refuse_shared_images(experiment.folds, digests);
  Fold beside;
  for (const auto& subject : experiment.subjects) beside.train.push_back(subject->id);
  for (const auto& subject : experiment.held_aside) beside.held_out.push_back(subject->id);
  within("data.split.hold_out", [&] { refuse_shared_images({beside}, digests); });
}

}  // namespace

Experiment resolve(ExperimentConfig config, at::Device device, Log& log) {
  Experiment experiment;
  Problems problems;
  const CohortRequest wanted = files_wanted(config);
  experiment.cohort = read_cohort(config.data.cohort, wanted, problems);
  const Cohort& cohort = experiment.cohort;
  check_columns(config.data.split, cohort.columns, problems);
  if (cohort.subjects.empty()) problems.throw_if_any();
  for (const std::string& warning : cohort.warnings) log.warn(warning);
  choose_sequences(config, cohort);
  name_labels(config, cohort, problems);
  const std::vector<std::shared_ptr<Task>> tasks = tasks_of(config, cohort, problems);
  experiment.config = std::move(config);
  if (problems.empty()) collect(problems, [&] { divide(experiment); });
  for (const std::string& sentence : torn_persons(cohort.subjects)) log.warn(sentence);
  const std::vector<std::string>& sequences = images_of(experiment.config.input).sequences;
  const int threads = reading_threads(cohort.subjects, sequences, usable_cores(), free_memory(at::kCPU));
  experiment.fingerprint = take_fingerprint(cohort.subjects, sequences, maps_to_read(wanted.maps, problems),
                                            labels_of(tasks, cohort), threads, log, problems,
                                            fingerprint_options(experiment.config.input));
  problems.throw_if_any();
  refuse_images_in_two_parts(experiment);
  experiment.digest = sha256(to_yaml(experiment.config) + data_digest(cohort, experiment.fingerprint) +
                             given_folds(experiment));
  experiment.plan = make_plan(experiment.fingerprint, request_of(experiment, tasks));
  fill_autos(experiment.config, experiment.plan, device);
  experiment.preparation = preparation_of(experiment);
  experiment.whole = plan_whole_view(experiment.fingerprint, experiment.plan.spacing, experiment.plan.arrange,
                                     experiment.config.train.patch.get(), experiment.config.train.batch.get(),
                                     stride_product(experiment.config.network));
  return experiment;
}

}  // namespace tazuna
