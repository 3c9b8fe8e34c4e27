// SPDX-License-Identifier: Apache-2.0
#include "train/schedules/cosine.hpp"

#include <cmath>
#include <numbers>

namespace tazuna {

void describe(Fields& fields, CosineOptions& options) {
  fields.number("warmup", options.warmup, {0, 0.9}, "share of the steps over which the rate rises linearly");
}

double falling_factor(const CosineOptions&, double done) {
  return 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace tazuna
