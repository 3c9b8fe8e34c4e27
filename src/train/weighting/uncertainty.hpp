// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "train/weighting/weighting.hpp"

namespace tazuna {

/// A log-variance s a task, learnt beside the network (Kendall, Gal and Cipolla 2018): the joint loss is the
/// sum of exp(-s) loss + s, which for a loss >= 0 is least where exp(s) is the loss, so that the task's
/// factor nears 1 / loss. (The paper's 1/2 before both terms of a Gaussian changes no gradient's direction
/// and is left out.) s stays within
/// +-6 and is moved by Adam, without decay.
struct UncertaintyOptions {
  static constexpr std::string_view kind = "uncertainty";
  double learning_rate = 0.01;  ///< of the log-variances
};
void describe(Fields& fields, UncertaintyOptions& options);
std::unique_ptr<Weighting> make_weighting(const UncertaintyOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device);

}  // namespace tazuna
