// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tazuna {

/// Places of `values` from the smallest to the largest; equal ones in the order given.
std::vector<size_t> ascending(std::span<const double> values);

/// Midranks: from 1, equal values share the mean of their ranks (a whole number or a half).
struct Midranks {
  std::vector<double> ranks;  ///< one a value
  double ties = 0;            ///< sum of t^3 - t over groups of t equal values
};
Midranks midranks(std::span<const double> values);

}  // namespace tazuna
