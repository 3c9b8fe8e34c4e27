// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <variant>

#include "train/optimisers/adamw.hpp"
#include "train/optimisers/sgd.hpp"

namespace tazuna {

/// The closed set of optimisers. To add one: options, describe, validate and make_optimiser in a file of its
/// own, named here.
using OptimiserOptions = std::variant<SgdOptions, AdamWOptions>;

/// `rates`: factors of the learning rate by parameter name, 1 where there is none.
inline std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options,
                                                 const NamedTensors& parameters,
                                                 const std::map<std::string, double>& rates = {}) {
  return std::visit([&](const auto& one) { return make_optimiser(one, parameters, rates); }, options);
}
/// The learning rate the schedule starts from.
inline double learning_rate_of(const OptimiserOptions& options) {
  return std::visit([](const auto& one) { return one.learning_rate; }, options);
}

}  // namespace tazuna
