// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/weighting.hpp"

#include <ATen/ATen.h>

#include "core/text.hpp"

namespace tazuna {

Tensor task_weights(std::span<const std::shared_ptr<Task>> tasks, at::Device device) {
  std::vector<float> weights;
  for (const auto& task : tasks) weights.push_back(static_cast<float>(task->weight()));
  return at::tensor(weights, at::kFloat).to(device);
}

void refuse_weights(std::span<const std::shared_ptr<Task>> tasks, std::string_view kind) {
  for (const auto& task : tasks) {
    const double usual = task->scope() == Scope::voxel ? 1 : 0.1;
    if (task->weight() == usual) continue;
    throw refused(
        cat("tasks: ", task->name(), ": its weight is ", task->weight(), ", but train.weighting: ", kind,
            " finds the weights itself, so that one given would cancel; leave `weight` out, or take the "
            "weighting fixed or pcgrad"));
  }
}

}  // namespace tazuna
