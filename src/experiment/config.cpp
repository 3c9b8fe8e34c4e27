// SPDX-License-Identifier: Apache-2.0
#include "experiment/config.hpp"

#include <set>

#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, DataOptions& options) {
  fields.one_of("cohort", options.cohort, "where the cases come from");
  fields.one_of("split", options.split, "how persons are divided into folds");
  fields.path("cache", options.cache, "folder of prepared cases, may be shared by runs; empty: OUT/cache");
}

void describe(Fields& fields, ExperimentConfig& config) {
  fields.group("data", config.data, "the subjects");
  fields.one_of("input", config.input, "what the network sees of a case");
  fields.group("augment", config.augment, "how patches are drawn and changed");
  fields.one_of("network", config.network, "the trunk all tasks share");
  fields.list("tasks", config.tasks, "the questions asked of every case");
  fields.group("train", config.train, "how the weights are learnt");
}

namespace {

// A part's problems name keys of the part; the file's reader needs the whole path.
template <class Part>
void validate_below(const std::string& key, const Part& part, Problems& problems) {
  Problems own;
  validate(part, own);
  for (const Problem& problem : own.list()) problems.add(cat(key, ".", problem.where), problem.sentence);
}

// A folder in nnU-Net's layout has no values of its own.
void expect_split_columns(const DataOptions& data, Problems& problems) {
  const auto* folder = std::get_if<NnunetOptions>(&data.cohort);
  if (folder == nullptr || !folder->values.empty()) return;
  for (const auto& [key, column] : split_columns(data.split))
    problems.add(
        cat("data.split.", key),
        cat("there is no column '", column,
            "': a folder in nnU-Net's layout has no columns of values; name a table that has them by "
            "data.cohort.values",
            key == "person" ? ", or find the person in a case's id by data.cohort.person_pattern" : ""));
}

}  // namespace

void validate(const ExperimentConfig& config, Problems& problems) {
  if (config.tasks.empty())
    problems.add("tasks", "there is no task; name at least one, - {name: lesion, kind: segmentation}");
  std::set<std::string> names;
  for (size_t i = 0; i < config.tasks.size(); ++i) {
    const std::string name = std::visit([](const auto& task) { return task.name; }, config.tasks[i].task);
    const std::string where = cat("tasks.", i, ".name");
    if (name.find_first_of(". /\\\t\n") != std::string::npos) {
      problems.add(
          where,
          cat("'", name, "' becomes part of file and weight names and may not hold dots, blanks or slashes"));
    }
    if (!names.insert(name).second) problems.add(where, cat("two tasks are named '", name, "'"));
    const auto* classes = std::get_if<ClassificationOptions>(&config.tasks[i].task);
    if (classes && !classes->given_weights.empty() && classes->target.classes.empty())
      problems.add(
          cat("tasks.", i, ".given_weights"),
          "they stand in the order of target.classes, which is left to the cohort; name the classes");
  }
  validate_below("data.split", config.data.split, problems);
  expect_split_columns(config.data, problems);
  const bool names_sequences = std::holds_alternative<NnunetOptions>(config.data.cohort);
  const bool named = !images_of(config.input).sequences.empty();
  if (!names_sequences && !named)
    problems.add("input.sequences", cat("a ", kind_of(config.data.cohort),
                                        " cohort does not say which of its images the network is "
                                        "to see; name them, as in [T1w, FLAIR]"));
  std::visit([&](const auto& input) { validate_below("input", input, problems); }, config.input);
  validate_below("augment", config.augment, problems);
  validate_below("network", config.network, problems);
  validate_below("train", config.train, problems);
}

}  // namespace tazuna
