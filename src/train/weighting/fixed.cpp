// SPDX-License-Identifier: Apache-2.0
#include "train/weighting/fixed.hpp"

namespace tazuna {

namespace {

class Fixed : public Weighting {
 public:
  explicit Fixed(std::span<const std::shared_ptr<Task>> tasks) {
    for (const auto& task : tasks) factors_.push_back(task->weight());
  }
  std::vector<double> factors() const override { return factors_; }

 private:
  std::vector<double> factors_;
};

}  // namespace

void describe(Fields&, FixedOptions&) {}

std::unique_ptr<Weighting> make_weighting(const FixedOptions&, std::span<const std::shared_ptr<Task>> tasks) {
  return std::make_unique<Fixed>(tasks);
}

}  // namespace tazuna
