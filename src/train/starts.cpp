// SPDX-License-Identifier: Apache-2.0
#include "train/starts.hpp"

#include <algorithm>
#include <cmath>

namespace tazuna {

std::vector<int64_t> first_steps(std::span<const std::shared_ptr<Task>> tasks, int64_t steps) {
  const bool voxel_tasks =
      std::ranges::any_of(tasks, [](const auto& task) { return task->scope() == Scope::voxel; });
  std::vector<int64_t> first;
  for (const auto& task : tasks) {
    // 0.07 * 100 is a little above 7.
    const double start = task->start() * static_cast<double>(steps) - 1e-6;
    first.push_back(voxel_tasks ? std::max<int64_t>(0, std::llround(std::ceil(start))) : 0);
  }
  return first;
}

int64_t first_subject_step(std::span<const std::shared_ptr<Task>> tasks, int64_t steps) {
  const std::vector<int64_t> first = first_steps(tasks, steps);
  int64_t earliest = steps;
  for (size_t t = 0; t < tasks.size(); ++t)
    if (tasks[t]->scope() == Scope::subject) earliest = std::min(earliest, first[t]);
  return earliest;
}

}  // namespace tazuna
