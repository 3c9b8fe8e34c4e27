// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tasks/catalog.hpp"

namespace tazuna {

/// A voxel task and the label map of the cohort that it was taught with.
struct TaskMap {
  std::string task, map;
  NamedIntegers labels = {};  ///< its structures; empty where predictions of an earlier version do not say
};

/// Leaves them in a folder of predictions, for whoever scores these.
void write_task_maps(const std::filesystem::path& out, const std::vector<TaskOptions>& tasks);

/// Those of a folder of predictions, as write_task_maps() left them, else as the model.json in it says or,
/// for the folders that a training run makes (validation, held_aside), the one beside it. Nothing where
/// nobody says.
std::vector<TaskMap> read_task_maps(const std::filesystem::path& predictions);

}  // namespace tazuna
