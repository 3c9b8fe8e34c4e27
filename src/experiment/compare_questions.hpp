// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tasks/catalog.hpp"

namespace tazuna {

/// A subject task in the words that a comparison needs.
struct AskedTask {
  std::string task, column;
  std::vector<std::string> names = {};  ///< classes or levels in order; empty: a quantity
  bool ordered = false;                 ///< levels
  bool log = false;                     ///< a quantity whose logarithm is learnt
  std::string unit = {};
  std::vector<std::string> cuts = {}, covariates = {};
  std::string class_weights = "none";  ///< of classes: balanced, none, given
  std::vector<double> given_weights = {};
};

std::string name_of(const TaskOptions& task);
bool is_voxel_task(const TaskOptions& task);
/// The subject tasks among them, in order; classes and levels must be resolved.
std::vector<AskedTask> subject_questions(const std::vector<TaskOptions>& tasks);
/// Names of the voxel tasks among them, in order.
std::vector<std::string> voxel_tasks(const std::vector<TaskOptions>& tasks);

/// Shares with their answer: the most probable class (the first of equal ones), of levels the median.
ClassShares with_answer(std::vector<double> shares, const AskedTask& question);

}  // namespace tazuna
