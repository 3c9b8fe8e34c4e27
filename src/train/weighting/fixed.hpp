// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "train/weighting/weighting.hpp"

namespace tazuna {

/// Each task's loss times its `weight`.
struct FixedOptions {
  static constexpr std::string_view kind = "fixed";
};
void describe(Fields& fields, FixedOptions& options);
std::unique_ptr<Weighting> make_weighting(const FixedOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device);

}  // namespace tazuna
