// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/logarithm.hpp"

#include <ATen/ATen.h>

namespace tazuna {

namespace {

class Logarithm : public Weighting {
 public:
  Tensor factors(const Tensor& losses) const override {
    return (losses + 1e-8).reciprocal().nan_to_num(0, 0, 0);
  }
  bool separates() const override { return true; }
};

}  // namespace

void describe(Fields&, LogarithmOptions&) {}

std::unique_ptr<Weighting> make_weighting(const LogarithmOptions& options,
                                          std::span<const std::shared_ptr<Task>> tasks, at::Device) {
  refuse_weights(tasks, options.kind);
  return std::make_unique<Logarithm>();
}

}  // namespace tazuna
