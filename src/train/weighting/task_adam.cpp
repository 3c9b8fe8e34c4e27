// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/task_adam.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace tazuna {

namespace {

constexpr double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;

}  // namespace

TaskAdam::TaskAdam(int64_t tasks, at::Device device, double learning_rate, double decay)
    : learning_rate_(learning_rate), decay_(decay) {
  const at::TensorOptions options = at::TensorOptions(device).dtype(at::kDouble);
  values_ = at::zeros({tasks}, options);
  first_ = at::zeros({tasks}, options);
  second_ = at::zeros({tasks}, options);
  updates_ = at::zeros({tasks}, options);
}

void TaskAdam::step(const Tensor& gradient, const Tensor& skipped) {
  const Tensor moves = at::isfinite(gradient).logical_and(skipped == 0);
  const Tensor slope = at::where(moves, gradient.to(at::kDouble), 0.0) + decay_ * values_;
  const Tensor first = beta1 * first_ + (1 - beta1) * slope;
  const Tensor second = beta2 * second_ + (1 - beta2) * slope * slope;
  const Tensor updates = updates_ + 1;
  const Tensor mean = first / (1 - at::pow(beta1, updates));
  const Tensor size = (second / (1 - at::pow(beta2, updates))).sqrt();
  values_.copy_(at::where(moves, values_ - learning_rate_ * mean / (size + eps), values_));
  first_.copy_(at::where(moves, first, first_));
  second_.copy_(at::where(moves, second, second_));
  updates_.copy_(at::where(moves, updates, updates_));
}

NamedTensors TaskAdam::state() const {
  return {{"values", values_}, {"first_moment", first_}, {"second_moment", second_}, {"updates", updates_}};
}

}  // namespace tazuna
