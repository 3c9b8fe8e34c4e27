// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/fixed.hpp"

namespace tazuna {

namespace {

class Fixed : public Weighting {
 public:
  explicit Fixed(Tensor weights) : weights_(std::move(weights)) {}
  Tensor factors(const Tensor&) const override { return weights_; }

 private:
  Tensor weights_;
};

}  // namespace

void describe(Fields&, FixedOptions&) {}

std::unique_ptr<Weighting> make_weighting(const FixedOptions&, std::span<const std::shared_ptr<Task>> tasks,
                                          at::Device device) {
  return std::make_unique<Fixed>(task_weights(tasks, device));
}

}  // namespace tazuna
