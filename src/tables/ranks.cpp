// SPDX-License-Identifier: Apache-2.0
#include "tables/ranks.hpp"

#include <algorithm>
#include <numeric>

namespace tazuna {

std::vector<size_t> ascending(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

Midranks midranks(std::span<const double> values) {
  const std::vector<size_t> order = ascending(values);
  Midranks result{std::vector<double>(values.size()), 0};
  for (size_t i = 0; i < order.size();) {
    size_t j = i;
    while (j < order.size() && values[order[j]] == values[order[i]]) ++j;
    for (size_t k = i; k < j; ++k) result.ranks[order[k]] = 0.5 * static_cast<double>(i + 1 + j);
    const auto t = static_cast<double>(j - i);
    result.ties += t * t * t - t;
    i = j;
  }
  return result;
}

}  // namespace tazuna
