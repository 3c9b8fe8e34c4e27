// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "train/optimisers/optimiser.hpp"

namespace tazuna {

/// Stochastic gradient descent with momentum (torch.optim.SGD); the defaults are nnU-Net's.
struct SgdOptions {
  static constexpr std::string_view kind = "sgd";
  double learning_rate = 0.01;
  double momentum = 0.99;
  bool nesterov = true;
  double weight_decay = 3e-5;  ///< on all parameters, as nnU-Net
};
void describe(Fields& fields, SgdOptions& options);
void validate(const SgdOptions& options, Problems& problems);
std::unique_ptr<Optimiser> make_optimiser(const SgdOptions& options, const NamedTensors& parameters,
                                          const std::map<std::string, double>& rates = {});

}  // namespace tazuna
