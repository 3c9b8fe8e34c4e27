// SPDX-License-Identifier: Apache-2.0
#include "train/optimisers/adamw.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tazuna {

namespace {

class AdamW : public Optimiser {
 public:
  AdamW(const AdamWOptions& options, const NamedTensors& parameters,
        const std::map<std::string, double>& rates)
      : options_(options), groups_(groups_of(parameters, rates)) {
    for (const auto& [name, parameter] : parameters) {
      const Tensor plain = parameter.detach();
      moments_.emplace(name, Moments{at::zeros_like(plain), at::zeros_like(plain),
                                     at::zeros({}, plain.options().dtype(at::kFloat))});
    }
  }

  void step(double learning_rate, const Tensor& skip) override {
    for (const ParameterGroup& group : groups_) update(group, learning_rate * group.rate, skip);
  }

  NamedTensors state() const override {
    NamedTensors state;
    for (const auto& [name, moments] : moments_) {
      state["first_moment." + name] = moments.first;
      state["second_moment." + name] = moments.second;
      state["updates." + name] = moments.updates;
    }
    return state;
  }

 private:
  void update(const ParameterGroup& group, double learning_rate, const Tensor& skip) {
    const at::NoGradGuard no_grad;
    std::vector<Tensor> parameters, gradients, first, second, updates;
    for (const auto& [name, parameter] : group.parameters) {
      if (!parameter.grad().defined()) continue;
      const Moments& moments = moments_.at(name);
      parameters.push_back(parameter);
      gradients.push_back(parameter.grad());
      first.push_back(moments.first);
      second.push_back(moments.second);
      updates.push_back(moments.updates);
    }
    if (parameters.empty()) return;
    at::_foreach_add_(updates, 1 - skip);
    at::_fused_adamw_(parameters, gradients, first, second, {}, updates, learning_rate, options_.beta1,
                      options_.beta2, options_.weight_decay, options_.eps, /*amsgrad=*/false,
                      /*maximize=*/false, /*grad_scale=*/{}, skip);
  }

  struct Moments {
    Tensor first, second;
    Tensor updates;  // float32 scalar: how often this parameter was updated
  };
  AdamWOptions options_;
  std::vector<ParameterGroup> groups_;
  std::map<std::string, Moments> moments_;
};

}  // namespace

void describe(Fields& fields, AdamWOptions& options) {
  fields.number("learning_rate", options.learning_rate, {0, 100}, "at the start of the schedule");
  fields.number("weight_decay", options.weight_decay, {0, 1},
                "pull towards zero on all parameters, apart from the gradient");
  fields.number("beta1", options.beta1, {0, 1}, "memory of the mean gradient; below 1");
  fields.number("beta2", options.beta2, {0, 1}, "memory of the mean squared gradient; below 1");
  fields.number("eps", options.eps, {0, 1}, "added to the divisor");
}

void validate(const AdamWOptions& options, Problems& problems) {
  if (options.beta1 >= 1) problems.add("optimiser.beta1", "is 1; it must be below 1");
  if (options.beta2 >= 1) problems.add("optimiser.beta2", "is 1; it must be below 1");
}

std::unique_ptr<Optimiser> make_optimiser(const AdamWOptions& options, const NamedTensors& parameters,
                                          const std::map<std::string, double>& rates) {
  return std::make_unique<AdamW>(options, parameters, rates);
}

}  // namespace tazuna
