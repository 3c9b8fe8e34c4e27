// SPDX-License-Identifier: Apache-2.0
#include "train/schedules/poly.hpp"

#include <cmath>

namespace tazuna {

void describe(Fields& fields, PolyOptions& options) {
  fields.number("power", options.power, {0, 10}, "of the remaining share of the steps");
  fields.number("warmup", options.warmup, {0, 0.9}, "share of the steps over which the rate rises linearly");
}

double falling_factor(const PolyOptions& options, double done) {
  return std::pow(1 - done, options.power);
}

}  // namespace tazuna
