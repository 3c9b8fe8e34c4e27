// SPDX-License-Identifier: Apache-2.0
#include "data/percentile.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace tazuna {

double percentile(std::vector<double> values, double percent) {
  if (values.empty()) throw Error("a percentile of no values does not exist");
  std::sort(values.begin(), values.end());
  const double at = static_cast<double>(values.size() - 1) * (percent / 100);
  const double below = std::floor(at), share = at - below;
  const auto index = static_cast<size_t>(below);
  const double low = values[index], high = values[std::min(index + 1, values.size() - 1)];
  // NumPy interpolates from the nearer end.
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share;
}

}  // namespace tazuna
