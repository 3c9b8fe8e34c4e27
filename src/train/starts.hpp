// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tasks/task.hpp"

namespace tazuna {

/// The first of a run's steps (from 0) in which each task takes part: start * steps, rounded up; 0 for all
/// where no task is a voxel task, since there is nothing to wait for.
std::vector<int64_t> first_steps(std::span<const std::shared_ptr<Task>> tasks, int64_t steps);

/// The first step in which a subject task takes part, so that whole views are needed; `steps` without any.
int64_t first_subject_step(std::span<const std::shared_ptr<Task>> tasks, int64_t steps);

}  // namespace tazuna
