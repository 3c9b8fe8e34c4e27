// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <variant>

#include "tasks/classification.hpp"
#include "tasks/ordinal.hpp"
#include "tasks/regression.hpp"
#include "tasks/segmentation.hpp"

namespace tazuna {

/// The closed set of task kinds. To add one: options, describe and make_task in a file of its own, named
/// here.
using TaskKind = std::variant<SegmentationOptions, ClassificationOptions, RegressionOptions, OrdinalOptions>;

/// One entry of the `tasks` list.
struct TaskOptions {
  TaskKind task;
};
void describe(Fields& fields, TaskOptions& options);
inline std::unique_ptr<Task> make_task(const TaskOptions& options) {
  return std::visit([](const auto& one) { return make_task(one); }, options.task);
}

/// Names the classes or levels that the options leave to the cohort: the values of the target's column,
/// sorted. No answer decides more than these names. Levels that are not numbers have no order by themselves
/// and are refused.
void fill_values(TaskKind& task, std::span<const Subject> subjects);

}  // namespace tazuna
