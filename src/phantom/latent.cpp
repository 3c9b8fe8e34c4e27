// SPDX-License-Identifier: Apache-2.0
#include "phantom/latent.hpp"

#include <cmath>

namespace tazuna {

Latent draw_latent(Random& random, double distance, int64_t group) {
  const double residual = random.normal();
  const double value = distance * (group == 1 ? 0.5 : -0.5) + residual;
  return {value, residual, distance * value};
}

double probability_of(double log_odds) {
  return 1 / (1 + std::exp(-log_odds));
}

}  // namespace tazuna
