// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/pcgrad.hpp"

namespace tazuna {

namespace {

class Pcgrad : public Weighting {
 public:
  explicit Pcgrad(Tensor weights) : weights_(std::move(weights)) {}
  Tensor factors(const Tensor&) const override { return weights_; }
  bool separates() const override { return true; }
  bool projects() const override { return true; }

 private:
  Tensor weights_;
};

}  // namespace

void describe(Fields&, PcgradOptions&) {}

std::unique_ptr<Weighting> make_weighting(const PcgradOptions&, std::span<const std::shared_ptr<Task>> tasks,
                                          at::Device device) {
  return std::make_unique<Pcgrad>(task_weights(tasks, device));
}

}  // namespace tazuna
