// SPDX-License-Identifier: Apache-2.0
#include "experiment/resolve.hpp"

#include <algorithm>
#include <set>

#include "config/writer.hpp"
#include "core/text.hpp"
#include "data/header_remarks.hpp"
#include "data/large_grids.hpp"
#include "data/odd_values.hpp"
#include "data/reading_threads.hpp"
#include "data/split_persons.hpp"
#include "experiment/map_labels.hpp"
#include "experiment/named_tasks.hpp"
#include "kernels/machine.hpp"

namespace tazuna {

namespace {

FingerprintOptions fingerprint_options(const InputOptions& input) {
  FingerprintOptions options;
  options.sequences = images_of(input).sequences;
  options.missing = images_of(input).missing == "allow";
  options.zero_nonfinite = images_of(input).nonfinite == "zero";
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

// Keeps those that are there.
void choose_sequences(ExperimentConfig& config, const Cohort& cohort, Problems& problems) {
  auto& wanted = images_of(config.input).sequences;
  if (wanted.empty()) {
    wanted = cohort.sequences;
    std::visit([&problems](const auto& input) { validate(input, problems); }, config.input);
  }
  std::erase_if(wanted, [&](const std::string& sequence) {
    if (std::find(cohort.sequences.begin(), cohort.sequences.end(), sequence) != cohort.sequences.end())
      return false;
    problems.add("input.sequences",
                 cat("'", sequence, "' is not in the cohort, which has: ", join(cohort.sequences, ", ")));
    return true;
  });
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
  preparation.keep_volumes = input.keep_volumes;
  preparation.normalisation.assign(input.sequences.size(), Normalisation{input.normalise.get()});
  preparation.missing = input.missing == "allow";
  preparation.zero_nonfinite = input.nonfinite == "zero";
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

// What every case becomes on the working grid, one case at a time.
GridRequest grid_request(const Experiment& experiment) {
  GridRequest request;
  const std::vector<double> spacing = canonical_spacing(experiment.plan);
  std::copy(spacing.begin(), spacing.end(), request.spacing.begin());
  request.bytes_a_voxel =
      static_cast<double>(images_of(experiment.config.input).sequences.size() * sizeof(float));
  request.free = free_memory(at::kCPU);
  return request;
}

// Puts everybody among the cohort's cases, so that names and values are looked at as they will be, and
// returns the ids of those that cannot be used.
std::set<std::string> join_unusable(Cohort& cohort) {
  std::set<std::string> ids;
  if (cohort.unusable.empty()) return ids;
  for (Subject& subject : cohort.unusable) {
    ids.insert(subject.id);
    cohort.subjects.push_back(std::move(subject));
  }
  cohort.unusable.clear();
  std::sort(cohort.subjects.begin(), cohort.subjects.end(),
            [](const Subject& a, const Subject& b) { return a.id < b.id; });
  return ids;
}

// Not those that no case has and that were told already, nor those that only unusable cases have.
std::vector<std::string> maps_to_read(std::vector<std::string> maps, const std::vector<Subject>& usable,
                                      const std::vector<Subject>& everybody, const Problems& problems) {
  std::erase_if(maps, [&](const std::string& map) {
    const auto has = [&map](const Subject& subject) { return subject.maps.contains(map); };
    const auto told = [&map](const Problem& problem) { return problem.where == map; };
    return std::ranges::any_of(problems.list(), told) ||
           (std::ranges::none_of(usable, has) && std::ranges::any_of(everybody, has));
  });
  return maps;
}

// Says who is who, and divides the cohort's people into those of the folds and those held aside.
void divide(Experiment& experiment, bool no_folds) {
  const SplitOptions& options = experiment.config.data.split;
  name_persons(experiment.cohort.subjects, options);
  const std::vector<std::string> aside = held_aside(experiment.cohort.subjects, options);
  const SplitOptions none = NoSplitOptions{std::visit([](const auto& one) { return one.hold_out; }, options)};
  experiment.folds = split(experiment.cohort.subjects, no_folds ? none : options);
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

// Whether nobody is scored, and nobody chooses the weights.
bool is_one_part(const Experiment& experiment) {
  const auto nobody = [](const Fold& fold) { return fold.held_out.empty(); };
  return experiment.held_aside.empty() && experiment.config.train.select != "inner" &&
         std::ranges::all_of(experiment.folds, nobody);
}

// Where there are no folds everybody learns, so that classes and numbers are looked at all the same.
void let_everybody_learn(Experiment& experiment) {
  experiment.config.train.select = "final";
  experiment.subjects.clear();
  experiment.held_aside.clear();
  experiment.folds = {Fold{}};
  for (const Subject& subject : experiment.cohort.subjects) {
    experiment.subjects.push_back(std::make_shared<const Subject>(subject));
    experiment.folds.front().train.push_back(subject.id);
  }
}

// What names and values tell, of everybody: tasks, people and folds. Returns the tasks that can be made.
std::vector<std::shared_ptr<Task>> read_words(Experiment& experiment, const ResolveOptions& options,
                                              Problems& problems) {
  ExperimentConfig& config = experiment.config;
  const size_t before = problems.list().size();
  check_columns(config.data.split, experiment.cohort.columns, problems);
  const bool can_divide = problems.list().size() == before;
  choose_sequences(config, experiment.cohort, problems);
  name_labels(config, experiment.cohort, problems);
  std::vector<std::shared_ptr<Task>> tasks = tasks_of(config, experiment.cohort, problems);
  if (can_divide) collect(problems, [&] { divide(experiment, options.no_folds); });
  if (experiment.folds.empty()) let_everybody_learn(experiment);
  if (options.check_words) collect(problems, [&] { options.check_words(experiment); });
  return tasks;
}

// What the images tell, of all cases but the unusable.
void read_images(Experiment& experiment, const std::set<std::string>& unusable, FingerprintOptions options,
                 Log& log, Problems& problems) {
  const std::vector<Subject>& everybody = experiment.cohort.subjects;
  std::vector<Subject> usable = everybody;
  std::erase_if(usable, [&](const Subject& subject) { return unusable.contains(subject.id); });
  if (usable.empty()) return;
  options.maps = maps_to_read(std::move(options.maps), usable, everybody, problems);
  const int threads = reading_threads(usable, options.sequences, usable_cores(), free_memory(at::kCPU));
  experiment.fingerprint = take_fingerprint(usable, options, threads, *experiment.prints, log, problems);
  const std::vector<CasePrint>& cases = experiment.fingerprint.cases;
  for (const std::string& sentence : header_remarks(cases)) log.warn(sentence);
  if (cases.size() == usable.size())
    compare_labels(cases, experiment.config.tasks, experiment.cohort, log, problems);
}

}  // namespace

Experiment resolve(ExperimentConfig config, at::Device device, Log& log, const ResolveOptions& options) {
  Experiment experiment;
  experiment.prints = options.prints ? options.prints : std::make_shared<CasePrints>();
  Problems problems;
  const CohortRequest wanted = files_wanted(config);
  Cohort& cohort = experiment.cohort;
  collect(problems, [&] { cohort = read_cohort(config.data.cohort, wanted, problems); });
  const std::set<std::string> unusable = join_unusable(cohort);
  if (cohort.subjects.empty()) problems.throw_if_any();
  for (const std::string& warning : cohort.warnings) log.warn(warning);
  experiment.config = std::move(config);
  const std::vector<std::shared_ptr<Task>> tasks = read_words(experiment, options, problems);
  for (const std::string& sentence : torn_persons(cohort.subjects)) log.warn(sentence);
  for (const std::string& sentence : values_alike(cohort.subjects, experiment.config.data.split))
    log.warn(sentence);
  for (const std::string& column : number_columns(experiment.config.tasks))
    if (const std::string sentence = odd_values(cohort.subjects, column); !sentence.empty())
      log.warn(sentence);
  FingerprintOptions images = fingerprint_options(experiment.config.input);
  images.maps = wanted.maps;
  images.one_part = is_one_part(experiment);
  images.allowed_labels = labels_of_maps(experiment.config.tasks, cohort);
  read_images(experiment, unusable, std::move(images), log, problems);
  problems.throw_if_any();
  refuse_images_in_two_parts(experiment);
  experiment.digest = sha256(to_yaml(experiment.config) + data_digest(cohort, experiment.fingerprint) +
                             given_folds(experiment));
  experiment.plan = make_plan(experiment.fingerprint, request_of(experiment, tasks));
  fill_autos(experiment.config, experiment.plan, device);
  expect_usual_grids(experiment.fingerprint.cases, grid_request(experiment), log);
  experiment.preparation = preparation_of(experiment);
  experiment.whole = plan_whole_view(experiment.fingerprint, experiment.plan.spacing, experiment.plan.arrange,
                                     experiment.config.train.patch.get(), experiment.config.train.batch.get(),
                                     stride_product(experiment.config.network));
  return experiment;
}

}  // namespace tazuna
