// SPDX-License-Identifier: Apache-2.0
#include "train/interval.hpp"

#include <ATen/ATen.h>

namespace tazuna {

Interval::Interval(int64_t tasks, at::Device device) : tasks_(tasks) {
  const at::TensorOptions options = at::TensorOptions(device).dtype(at::kDouble);
  const int64_t pairs = tasks * (tasks - 1) / 2;
  sums_ = at::zeros({tasks + 1 + pairs}, options);
  counts_ = at::zeros({tasks + 1 + pairs}, options);
  skipped_ = at::zeros({}, options);
  in_a_row_ = at::zeros({}, options);
}

void Interval::add(const StepReport& report) {
  const Tensor values =
      at::cat({report.losses, report.gradient_norm.view({1}), report.cosines}).to(at::kDouble);
  const Tensor counts = at::isfinite(values).logical_and(report.skipped == 0);
  sums_ += at::where(counts, values, 0.0);
  counts_ += counts;
  skipped_ += report.skipped;
  in_a_row_.add_(1).mul_(report.skipped);
}

Interval::Means Interval::take() {
  const Tensor means = (sums_ / counts_).cpu();
  Means taken;
  for (int64_t i = 0; i < means.size(0); ++i) {
    const double mean = means[i].item<double>();
    if (i == tasks_) {
      taken.gradient_norm = mean;
    } else {
      (i < tasks_ ? taken.losses : taken.cosines).push_back(mean);
    }
  }
  taken.skipped = std::llround(skipped_.item<double>());
  sums_.zero_();
  counts_.zero_();
  skipped_.zero_();
  return taken;
}

bool Interval::empty() const {
  return (counts_.sum() + skipped_).item<double>() == 0;
}

int64_t Interval::skipped_in_a_row() const {
  return std::llround(in_a_row_.item<double>());
}

NamedTensors Interval::state() const {
  return {{"interval.sums", sums_},
          {"interval.counts", counts_},
          {"interval.skipped", skipped_},
          {"interval.skipped_in_a_row", in_a_row_}};
}

}  // namespace tazuna
