// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <variant>

#include "tasks/segmentation.hpp"

namespace tazuna {

/// The closed set of task kinds. To add one: options, describe and make_task in a file of its own, named
/// here.
using TaskKind = std::variant<SegmentationOptions>;

/// One entry of the `tasks` list.
struct TaskOptions {
  TaskKind task;
};
void describe(Fields& fields, TaskOptions& options);
inline std::unique_ptr<Task> make_task(const TaskOptions& options) {
  return std::visit([](const auto& one) { return make_task(one); }, options.task);
}

}  // namespace tazuna
