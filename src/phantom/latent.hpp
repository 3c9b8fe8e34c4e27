// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/random.hpp"

namespace tazuna {

/// A standardised latent value, and what it tells of the group.
struct Latent {
  double value = 0;     ///< normal with sd 1 about -distance/2 (first group) or +distance/2 (second)
  double residual = 0;  ///< the value without its group's mean
  double log_odds = 0;  ///< of the second group, to who knows the value alone
};
/// `distance`: of the means of the two groups, negative where the second group's is the smaller.
Latent draw_latent(Random& random, double distance, int64_t group);

/// The probability behind log odds.
double probability_of(double log_odds);

}  // namespace tazuna
