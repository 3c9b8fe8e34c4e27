// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_questions.hpp"

#include <algorithm>

namespace tazuna {

std::string name_of(const TaskOptions& task) {
  return std::visit([](const auto& options) { return options.name; }, task.task);
}

bool is_voxel_task(const TaskOptions& task) {
  return std::visit(
      [](const auto& options) {
        return requires {
          options.target.map;
        };
      },
      task.task);
}

std::vector<AskedTask> subject_questions(const std::vector<TaskOptions>& tasks) {
  std::vector<AskedTask> questions;
  for (const TaskOptions& task : tasks) {
    std::visit(
        [&questions](const auto& options) {
          if constexpr (requires { options.target.column; }) {
            AskedTask question{.task = options.name, .column = options.target.column};
            question.covariates = options.covariates;
            if constexpr (requires { options.target.classes; }) {
              question.names = options.target.classes;
              question.class_weights = options.class_weights;
              question.given_weights = options.given_weights;
            }
            if constexpr (requires { options.target.levels; }) {
              question.names = options.target.levels;
              question.ordered = true;
              question.cuts = options.cuts;
            }
            if constexpr (requires { options.target.unit; }) {
              question.unit = options.target.unit;
              question.log = options.target.log;
            }
            questions.push_back(std::move(question));
          }
        },
        task.task);
  }
  return questions;
}

std::vector<std::string> voxel_tasks(const std::vector<TaskOptions>& tasks) {
  std::vector<std::string> names;
  for (const TaskOptions& task : tasks)
    if (is_voxel_task(task)) names.push_back(name_of(task));
  return names;
}

ClassShares with_answer(std::vector<double> shares, const AskedTask& question) {
  ClassShares answer{.names = question.names, .shares = std::move(shares)};
  if (question.ordered) {
    double below = 0;
    while (answer.chosen + 1 < answer.shares.size() && (below += answer.shares[answer.chosen]) < 0.5)
      ++answer.chosen;
  } else {
    const auto most = std::max_element(answer.shares.begin(), answer.shares.end());
    answer.chosen = static_cast<size_t>(most - answer.shares.begin());
  }
  return answer;
}

}  // namespace tazuna
