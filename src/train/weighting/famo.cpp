// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/famo.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "train/weighting/task_adam.hpp"

namespace tazuna {

namespace {

constexpr double least_loss = 1e-8;

class Famo : public Weighting {
 public:
  Famo(size_t tasks, at::Device device, const FamoOptions& options)
      : logits_(static_cast<int64_t>(tasks), device, options.rate, options.decay) {}

  Tensor factors(const Tensor& losses) const override {
    const Tensor rates = shares_among(losses) / (losses.to(at::kDouble) + least_loss);
    const Tensor known = rates.nan_to_num(0, 0, 0);
    return (known / known.sum().clamp_min(std::numeric_limits<double>::min())).to(at::kFloat);
  }
  bool separates() const override { return true; }
  bool looks_back() const override { return true; }

  void update(const WeightedStep& step) override {
    const Tensor fall =
        (step.before.to(at::kDouble) + least_loss).log() - (step.after.to(at::kDouble) + least_loss).log();
    const Tensor shares = shares_among(step.losses);
    const Tensor mean = (shares * fall).nansum();
    logits_.step(shares * (fall - mean), step.skipped);
  }

  NamedTensors state() const override { return logits_.state(); }

 private:
  /// Softmax of the logits of the tasks that took part; NaN for the others.
  Tensor shares_among(const Tensor& losses) const {
    const Tensor part = at::isfinite(losses);
    const Tensor exponentials = at::where(part, logits_.values().exp(), 0.0);
    const double none = std::numeric_limits<double>::quiet_NaN();
    return at::where(part, exponentials / exponentials.sum(), none);
  }

  TaskAdam logits_;
};

}  // namespace

void describe(Fields& fields, FamoOptions& options) {
  fields.number("rate", options.rate, {0, 1}, "learning rate of the tasks' logits, by Adam");
  fields.number("decay", options.decay, {0, 1}, "pull of the logits towards equal weights");
}

std::unique_ptr<Weighting> make_weighting(const FamoOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device device) {
  refuse_weights(tasks, options.kind);
  return std::make_unique<Famo>(tasks.size(), device, options);
}

}  // namespace tazuna
