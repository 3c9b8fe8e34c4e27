// SPDX-License-Identifier: Apache-2.0
#include "experiment/named_tasks.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

namespace {

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

}  // namespace

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

std::vector<std::shared_ptr<Task>> tasks_of(ExperimentConfig& config, const Cohort& cohort,
                                            Problems& problems) {
  const std::set<std::string> known(cohort.columns.begin(), cohort.columns.end());
  std::vector<std::shared_ptr<Task>> tasks;
  std::vector<TaskOptions> kept;
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
      kept.push_back(config.tasks[i]);
    });
  }
  config.tasks = std::move(kept);
  return tasks;
}

std::set<std::string> number_columns(const std::vector<TaskOptions>& tasks) {
  std::set<std::string> columns;
  for (const TaskOptions& task : tasks) {
    if (const auto* regression = std::get_if<RegressionOptions>(&task.task))
      columns.insert(regression->target.column);
    std::visit(
        [&columns](const auto& options) {
          if constexpr (requires { options.covariates; })
            columns.insert(options.covariates.begin(), options.covariates.end());
        },
        task.task);
  }
  return columns;
}

}  // namespace tazuna
