// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "train/weighting/fixed.hpp"

namespace tazuna {

/// The closed set of weightings. To add one: options, describe and make_weighting in a file of its own, named
/// here.
using WeightingOptions = std::variant<FixedOptions>;

inline std::unique_ptr<Weighting> make_weighting(const WeightingOptions& options,
                                                 std::span<const std::shared_ptr<Task>> tasks) {
  return std::visit([&tasks](const auto& one) { return make_weighting(one, tasks); }, options);
}

}  // namespace tazuna
