// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/inner_split.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

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

Fold Experiment::training_parts(const Fold& fold) const {
  if (config.train.select != "inner") return {fold.train, {}};
  std::vector<Subject> people;
  for (const auto& subject : cases(fold.train)) people.push_back(*subject);
  return inner_split(people, config.data.split, config.train.inner_share, config.train.seed);
}

ScoreNotes Experiment::notes() const {
  ScoreNotes notes;
  for (const TaskOptions& task : config.tasks) {
    std::visit(
        [&notes](const auto& options) {
          if constexpr (requires { options.target.labels; })
            notes.labels[options.name] = options.target.labels;
        },
        task.task);
  }
  for (const auto* part : {&subjects, &held_aside})
    for (const auto& subject : *part) notes.persons[subject->id] = subject->person;
  return notes;
}

namespace {

// The column that the configuration names; the guesses of a cohort are made anew where it is read.
std::string person_column(const DataOptions& data) {
  for (const SplitColumn& one : split_columns(data.split))
    if (one.key == "person") return one.column;
  const auto* table = std::get_if<TableOptions>(&data.cohort);
  return table ? table->person : "";
}

}  // namespace

ModelRecipe Experiment::recipe() const {
  ModelRecipe recipe;
  recipe.input = config.input;
  recipe.preparation = preparation;
  recipe.network = config.network;
  recipe.tasks = config.tasks;
  recipe.patch = config.train.patch.get();
  recipe.whole = whole;
  recipe.precision = config.train.precision.get();
  recipe.person = person_column(config.data);
  bool sided = false;
  for (const auto& task : make_tasks()) sided = sided || task->sided();
  for (const int64_t axis : mirrored_axes(config.augment, preparation.arrange)) {
    const bool left_right = preparation.arrange.at(static_cast<size_t>(axis)) == 2;
    if (!(sided && left_right)) recipe.mirror_axes.push_back(axis);
  }
  return recipe;
}

std::string given_folds(const Experiment& experiment) {
  const bool by_file = std::holds_alternative<FileSplitOptions>(experiment.config.data.split);
  return by_file ? splits_json(experiment.folds) : "";
}

std::string data_digest(const Cohort& cohort, const Fingerprint& fingerprint) {
  std::string text;
  const auto add = [&text](const std::map<std::string, std::string>& named) {
    for (const auto& [name, value] : named) text += cat(" ", name, "=", value);
    text += "\n";
  };
  for (const CasePrint& print : fingerprint.cases) {
    text += print.id;
    if (print.frame_seconds > 0) text += cat(" ", number_text(print.frame_seconds), " s");
    add(print.image_sha256);
    add(print.map_sha256);
  }
  for (const Subject& subject : cohort.subjects) {
    text += cat(subject.id, " ", subject.person);
    add(subject.values);
  }
  return sha256(text);
}

void fit_tasks(const std::vector<std::shared_ptr<Task>>& tasks,
               const std::vector<std::shared_ptr<const Subject>>& training) {
  std::vector<Subject> words;
  for (const auto& subject : training) words.push_back(*subject);
  Problems problems;
  for (const auto& task : tasks) task->fit(words, problems);
  problems.throw_if_any();
}

}  // namespace tazuna
