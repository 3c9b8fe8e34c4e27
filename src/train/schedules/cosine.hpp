// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"

namespace tazuna {

/// Half a cosine from 1 to 0 (Loshchilov & Hutter 2017, without restarts).
struct CosineOptions {
  static constexpr std::string_view kind = "cosine";
  double warmup = 0.05;  ///< share of the steps over which the rate first rises linearly
};
void describe(Fields& fields, CosineOptions& options);
/// Factor of the learning rate when the share `done` in [0, 1) of the steps after the warm-up is taken.
double falling_factor(const CosineOptions& options, double done);

}  // namespace tazuna
