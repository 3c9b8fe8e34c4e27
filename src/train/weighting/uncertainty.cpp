// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/uncertainty.hpp"

#include <ATen/ATen.h>

#include "train/weighting/task_adam.hpp"

namespace tazuna {

namespace {

constexpr double most_log_variance = 6;

class Uncertainty : public Weighting {
 public:
  Uncertainty(size_t tasks, at::Device device, double learning_rate)
      : log_variances_(static_cast<int64_t>(tasks), device, learning_rate, /*decay=*/0) {}

  Tensor factors(const Tensor&) const override { return (-log_variances_.values()).exp().to(at::kFloat); }

  void update(const WeightedStep& step) override {
    log_variances_.step(1 - (-log_variances_.values()).exp() * step.losses, step.skipped);
    Tensor values = log_variances_.values();
    values.clamp_(-most_log_variance, most_log_variance);
  }

  NamedTensors state() const override { return log_variances_.state(); }

 private:
  TaskAdam log_variances_;
};

}  // namespace

void describe(Fields& fields, UncertaintyOptions& options) {
  fields.number("learning_rate", options.learning_rate, {0, 1}, "of the tasks' log-variances, by Adam");
}

std::unique_ptr<Weighting> make_weighting(const UncertaintyOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device) {
  refuse_weights(tasks, options.kind);
  return std::make_unique<Uncertainty>(tasks.size(), device, options.learning_rate);
}

}  // namespace tazuna
