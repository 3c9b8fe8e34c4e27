// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "train/weighting/weighting.hpp"

namespace tazuna {

/// The sum of log(loss + 1e-8): each task's gradient divided by its own loss, so that no unit counts.
struct LogarithmOptions {
  static constexpr std::string_view kind = "log";
};
void describe(Fields& fields, LogarithmOptions& options);
std::unique_ptr<Weighting> make_weighting(const LogarithmOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device);

}  // namespace tazuna
