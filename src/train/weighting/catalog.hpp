// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "train/weighting/famo.hpp"
#include "train/weighting/fixed.hpp"
#include "train/weighting/logarithm.hpp"
#include "train/weighting/pcgrad.hpp"
#include "train/weighting/uncertainty.hpp"

namespace tazuna {

/// The closed set of weightings. To add one: options, describe and make_weighting in a file of its own, named
/// here.
using WeightingOptions =
    std::variant<FixedOptions, UncertaintyOptions, LogarithmOptions, FamoOptions, PcgradOptions>;

/// An Error (refused) where a task's `weight` is given but would cancel.
inline std::unique_ptr<Weighting> make_weighting(const WeightingOptions& options,
                                                 std::span<const std::shared_ptr<Task>> tasks,
                                                 at::Device device) {
  return std::visit([&](const auto& one) { return make_weighting(one, tasks, device); }, options);
}

}  // namespace tazuna
