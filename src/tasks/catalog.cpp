// SPDX-License-Identifier: Apache-2.0
#include "tasks/catalog.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

void describe(Fields& fields, TaskOptions& options) {
  fields.kind_here(options.task, "what the task answers");
}

namespace {

void expect_numbers(const std::string& task, const std::string& column, std::span<const Subject> subjects) {
  Problems problems;
  expect_values(
      subjects, column, [](const std::string& value) { return number_of(value).has_value(); },
      "not a number; name target.levels in order", cat("tasks: ", task), problems);
  problems.throw_if_any();
}

}  // namespace

void fill_values(TaskKind& task, std::span<const Subject> subjects) {
  if (auto* classes = std::get_if<ClassificationOptions>(&task)) {
    if (classes->target.classes.empty())
      classes->target.classes = values_found(subjects, classes->target.column);
  } else if (auto* levels = std::get_if<OrdinalOptions>(&task)) {
    if (!levels->target.levels.empty()) return;
    expect_numbers(levels->name, levels->target.column, subjects);
    levels->target.levels = values_found(subjects, levels->target.column);
  }
}

}  // namespace tazuna
