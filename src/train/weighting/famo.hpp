// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "train/weighting/weighting.hpp"

namespace tazuna {

/// Fast adaptive multitask optimisation (Liu et al. 2023): factors z_i / (loss_i sum_k z_k / loss_k), z the
/// softmax of a logit a task, so that they sum to 1 and log-losses fall at rates that z sets. After each step
/// the logits follow how far each log-loss fell, measured on the step's first micro-batches again: the
/// slowest task gains.
struct FamoOptions {
  static constexpr std::string_view kind = "famo";
  double rate = 0.025;  ///< learning rate of the logits
  double decay = 1e-3;  ///< pull of the logits towards equal weights
};
void describe(Fields& fields, FamoOptions& options);
std::unique_ptr<Weighting> make_weighting(const FamoOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device);

}  // namespace tazuna
