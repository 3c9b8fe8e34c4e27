// SPDX-License-Identifier: Apache-2.0
#include "train/optimisers/sgd.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tazuna {

namespace {

class Sgd : public Optimiser {
 public:
  Sgd(const SgdOptions& options, const NamedTensors& parameters, const std::map<std::string, double>& rates)
      : options_(options), groups_(groups_of(parameters, rates)) {
    if (options.momentum == 0) return;
    for (const auto& [name, parameter] : parameters) momenta_[name] = at::zeros_like(parameter.detach());
  }

  void step(double learning_rate, const Tensor& skip) override {
    for (const ParameterGroup& group : groups_) update(group, learning_rate * group.rate, skip);
  }

  NamedTensors state() const override {
    NamedTensors state;
    for (const auto& [name, momentum] : momenta_) state["momentum." + name] = momentum;
    return state;
  }

 private:
  void update(const ParameterGroup& group, double learning_rate, const Tensor& skip) {
    const at::NoGradGuard no_grad;
    std::vector<Tensor> parameters, gradients, momenta;
    for (const auto& [name, parameter] : group.parameters) {
      if (!parameter.grad().defined()) continue;
      parameters.push_back(parameter);
      gradients.push_back(parameter.grad());
      if (!momenta_.empty()) momenta.push_back(momenta_.at(name));
    }
    if (parameters.empty()) return;
    // Momenta begin at zero, which gives what PyTorch's first step (momentum = gradient) gives.
    at::_fused_sgd_(parameters, gradients, momenta, options_.weight_decay, options_.momentum, learning_rate,
                    /*dampening=*/0, options_.nesterov, /*maximize=*/false, /*is_first_step=*/false,
                    /*grad_scale=*/{}, skip);
  }

  SgdOptions options_;
  std::vector<ParameterGroup> groups_;
  NamedTensors momenta_;
};

}  // namespace

void describe(Fields& fields, SgdOptions& options) {
  fields.number("learning_rate", options.learning_rate, {0, 100}, "at the start of the schedule");
  fields.number("momentum", options.momentum, {0, 1}, "share of the last update that goes on; below 1");
  fields.flag("nesterov", options.nesterov, "look ahead along the momentum");
  fields.number("weight_decay", options.weight_decay, {0, 1}, "pull towards zero on all parameters");
}

void validate(const SgdOptions& options, Problems& problems) {
  if (options.momentum >= 1) problems.add("optimiser.momentum", "is 1; it must be below 1");
  if (options.nesterov && options.momentum == 0) {
    problems.add("optimiser.nesterov", "needs a momentum above 0; set nesterov: false");
  }
}

std::unique_ptr<Optimiser> make_optimiser(const SgdOptions& options, const NamedTensors& parameters,
                                          const std::map<std::string, double>& rates) {
  return std::make_unique<Sgd>(options, parameters, rates);
}

}  // namespace tazuna
