// SPDX-License-Identifier: Apache-2.0
#include "experiment/arms.hpp"

#include <algorithm>
#include <set>

#include "config/writer.hpp"
#include "config/yaml.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/compare_questions.hpp"
#include "experiment/network_weights.hpp"
#include "experiment/request.hpp"
#include "train/fine_tuning.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

// What is asked, apart from how it is learnt.
std::string target_text(const TaskOptions& task) {
  return std::visit(
      [](const auto& options) {
        return cat(std::decay_t<decltype(options)>::kind, "\n", to_yaml(options.target));
      },
      task.task);
}

const TaskOptions* find_task(const ExperimentConfig& config, const std::string& name) {
  const auto place = std::find_if(config.tasks.begin(), config.tasks.end(),
                                  [&name](const TaskOptions& task) { return name_of(task) == name; });
  return place == config.tasks.end() ? nullptr : &*place;
}

std::vector<std::string> names_of(const ExperimentConfig& config) {
  std::vector<std::string> names;
  for (const TaskOptions& task : config.tasks) names.push_back(name_of(task));
  return names;
}

bool all_open(const TrunkShape& shape) {
  return shape.stages.is_auto() && shape.widths.is_auto() && shape.strides.is_auto() &&
         shape.kernels.is_auto() && shape.blocks.is_auto() && shape.decoder_blocks.is_auto();
}

template <class T>
void take(Auto<T>& open, const Auto<T>& known) {
  if (!known.is_auto()) open.fill(known.get());
}

// What the file leaves open is the comparison's, so that the arms differ in nothing else.
void take_plan(ExperimentConfig& config, const ExperimentConfig& all) {
  take(images_of(config.input).spacing, images_of(all.input).spacing);
  take(images_of(config.input).normalise, images_of(all.input).normalise);
  if (config.network.index() == all.network.index() && all_open(shape_of(config.network)))
    config.network = all.network;
  TrainOptions& train = config.train;
  take(train.patch, all.train.patch);
  take(train.batch, all.train.batch);
  take(train.subjects, all.train.subjects);
  take(train.precision, all.train.precision);
  take(train.workers, all.train.workers);
  train.steps = all.train.steps;
  train.validate_every = all.train.validate_every;
  train.budget = all.train.budget;
  train.seed = all.train.seed;
}

std::string data_text(DataOptions data) {
  data.cache.clear();
  return to_yaml(data);
}

void expect_comparable(const ExperimentConfig& config, const ExperimentConfig& all) {
  if (data_text(config.data) != data_text(all.data))
    throw refused(
        "data.cohort or data.split differs from the comparison's; all arms answer for the same people");
  if (config.input.index() != all.input.index())
    throw refused(
        cat("input.kind is ", kind_of(config.input), ", but that of the comparison is ", kind_of(all.input)));
  if (!config.train.steps.is_auto() && config.train.steps.get() != all.train.steps.value_or(-1))
    throw refused(cat("train.steps is ", config.train.steps.get(), ", but all arms take equally many",
                      all.train.steps.is_auto() ? "" : cat(" (", all.train.steps.get(), ")"),
                      "; leave it out"));
  for (const TaskOptions& task : config.tasks) {
    if (!find_task(all, name_of(task)))
      throw refused(
          cat("task '", name_of(task), "' is not in the comparison, which has: ", join(names_of(all), ", ")));
  }
}

// Known only once names of labels and classes are filled in.
void expect_same_questions(const ExperimentConfig& config, const ExperimentConfig& all) {
  for (const TaskOptions& task : config.tasks) {
    if (target_text(task) != target_text(*find_task(all, name_of(task))))
      throw refused(
          cat("task '", name_of(task),
              "' asks for something else than in the comparison; its kind and target must be the same"));
  }
}

bool same_folds(const std::vector<Fold>& a, const std::vector<Fold>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Fold& one, const Fold& other) {
    return one.train == other.train && one.held_out == other.held_out;
  });
}

Experiment from_file(const fs::path& file, const Experiment& all, at::Device device, Log& log) {
  auto config = read_config<ExperimentConfig>(file);
  return within(file.string(), [&] {
    expect_comparable(config, all.config);
    take_plan(config, all.config);
    name_weights(config.train);
    Experiment experiment = resolve(config, device, log, {.prints = all.prints});
    expect_same_questions(experiment.config, all.config);
    if (!same_folds(experiment.folds, all.folds))
      throw refused("its cases are not those of the comparison, so that the folds differ");
    return experiment;
  });
}

// Of an arm's frozen parts those that its network lacks are left out, as a task alone may lack the decoder;
// refused are a part that no arm's network has, and an arm of which nothing would learn.
void settle_frozen(Arm& arm, const NamedTensors& own, const std::vector<NamedTensors>& all) {
  TrainOptions& train = arm.experiment.config.train;
  std::vector<std::string> kept, lacking;
  for (const std::string& part : train.freeze) {
    const bool known =
        std::any_of(all.begin(), all.end(), [&part](const auto& one) { return has_part(one, part); });
    (known && !has_part(own, part) ? lacking : kept).push_back(part);
  }
  if (parameters_below(own, kept).size() == own.size())
    throw refused("train.freeze names the whole network; nothing of it would learn");
  if (lacking.empty()) return;
  train.freeze = kept;
  if (kept.empty()) train.freeze_steps = 0;
  arm.note += cat("; train.freeze without ", join(lacking, ", "), ", which its network lacks");
}

void settle_frozen(std::vector<Arm>& arms) {
  const auto freezes = [](const Arm& arm) { return !arm.experiment.config.train.freeze.empty(); };
  if (std::none_of(arms.begin(), arms.end(), freezes)) return;
  std::vector<NamedTensors> networks;
  for (const Arm& arm : arms) networks.push_back(undrawn_weights(arm.experiment));
  for (size_t i = 0; i < arms.size(); ++i)
    within(cat("arm ", arms[i].name), [&] { settle_frozen(arms[i], networks[i], networks); });
}

std::string hash_of(const Experiment& experiment, const TrainOptions& asked) {
  ExperimentConfig config = experiment.config;
  config.data.cache.clear();
  if (asked.budget > 0) {
    config.train.steps = asked.steps;
    config.train.validate_every = asked.validate_every;
    config.train.budget = asked.budget;
  }
  return sha256(to_yaml(config) + data_digest(experiment.cohort, experiment.fingerprint) +
                given_folds(experiment))
      .substr(0, 10);
}

}  // namespace

fs::path Arm::folder(const fs::path& out) const {
  return out / "arms" / cat(name, "-", hash);
}

fs::path Arm::run(const fs::path& out, int64_t seed, size_t fold) const {
  return folder(out) / cat("seed_", seed) / cat("fold_", fold);
}

Experiment Arm::with_seed(int64_t seed) const {
  Experiment one = experiment;
  one.config.train.seed = seed;
  one.digest = sha256(cat(hash, " seed ", seed));
  return one;
}

ExperimentConfig alone(ExperimentConfig config, const std::string& task) {
  std::erase_if(config.tasks, [&task](const TaskOptions& one) { return name_of(one) != task; });
  for (TaskOptions& one : config.tasks) {
    std::visit(
        [](auto& options) {
          options.weight = 1;
          if constexpr (requires { options.start; }) options.start = 0;
        },
        one.task);
  }
  config.train.weighting = FixedOptions{};
  return config;
}

std::vector<Arm> make_arms(const Experiment& all, const TrainOptions& asked,
                           const std::vector<fs::path>& files, at::Device device, Log& log) {
  std::vector<Arm> arms;
  std::set<std::string> names(control_names.begin(), control_names.end());
  const auto add = [&](const std::string& name, Experiment experiment, const std::string& note) {
    if (!names.insert(name).second)
      throw refused(cat("two arms of the comparison would be named '", name,
                        "'; rename the task or the file (", joint_arm, ", ", join(control_names, ", "),
                        " are taken)"));
    arms.push_back({name, std::move(experiment), "", note});
  };
  const auto tasks = names_of(all.config);
  if (tasks.size() > 1) add(std::string(joint_arm), all, "one network for all tasks");
  bool sided = false;
  for (const auto& task : all.make_tasks()) sided = sided || task->sided();
  for (const std::string& task : tasks) {
    Experiment single = all;
    single.config = alone(all.config, task);
    // All arms see the same patches: where one task tells left from right, none is mirrored left-right.
    std::visit([sided](auto& options) { options.sided = options.sided || sided; },
               single.config.tasks.front().task);
    add(task, std::move(single), "this task alone, weight 1");
  }
  for (const fs::path& file : files)
    add(file.stem().string(), from_file(file, all, device, log),
        cat("as ", file.filename().string(), " says"));
  for (size_t i = arms.size() - files.size(); i < arms.size(); ++i) arms[i].further = true;
  settle_frozen(arms);
  for (Arm& arm : arms) arm.hash = hash_of(arm.experiment, asked);
  return arms;
}

}  // namespace tazuna
