// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"

namespace tazuna {

/// (1 - done)^power of the learning rate, done = share of the steps taken (nnU-Net's PolyLRScheduler, here
/// per step instead of per epoch).
struct PolyOptions {
  static constexpr std::string_view kind = "poly";
  double power = 0.9;
  double warmup = 0;  ///< share of the steps over which the rate first rises linearly
};
void describe(Fields& fields, PolyOptions& options);
/// Factor of the learning rate when the share `done` in [0, 1) of the steps after the warm-up is taken.
double falling_factor(const PolyOptions& options, double done);

}  // namespace tazuna
