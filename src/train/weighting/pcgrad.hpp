// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "train/weighting/weighting.hpp"

namespace tazuna {

/// Each task's loss times its `weight`; where two tasks' gradients of the trunk conflict, each loses its
/// component along the other (Yu et al. 2020). Heads learn from their own task as ever.
struct PcgradOptions {
  static constexpr std::string_view kind = "pcgrad";
};
void describe(Fields& fields, PcgradOptions& options);
std::unique_ptr<Weighting> make_weighting(const PcgradOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device);

}  // namespace tazuna
