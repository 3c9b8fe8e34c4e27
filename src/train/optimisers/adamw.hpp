// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "train/optimisers/optimiser.hpp"

namespace tazuna {

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019; torch.optim.AdamW, whose defaults these are).
struct AdamWOptions {
  static constexpr std::string_view kind = "adamw";
  double learning_rate = 1e-3;
  double weight_decay = 1e-2;  ///< on all parameters
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
};
void describe(Fields& fields, AdamWOptions& options);
void validate(const AdamWOptions& options, Problems& problems);
std::unique_ptr<Optimiser> make_optimiser(const AdamWOptions& options, const NamedTensors& parameters,
                                          const std::map<std::string, double>& rates = {});

}  // namespace tazuna
