// SPDX-License-Identifier: Apache-2.0
#include "tables/paired.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tables/normal.hpp"
#include "tables/ranks.hpp"

namespace tazuna {

namespace {

constexpr size_t most_exact = 60;

/// P(sum <= least) + P(sum >= most) over all signs of the ranks, where both lie equally far from the middle.
/// Ranks and statistic are doubled, so that midranks are whole.
double exact_p(const std::vector<int64_t>& ranks, int64_t statistic) {
  const int64_t total = std::accumulate(ranks.begin(), ranks.end(), int64_t{0});
  std::vector<double> share(static_cast<size_t>(total) + 1, 0);
  share[0] = 1;
  int64_t reached = 0;
  for (const int64_t rank : ranks) {
    reached += rank;
    for (int64_t s = reached; s >= 0; --s) {
      const double without = share[static_cast<size_t>(s)];
      const double with = s >= rank ? share[static_cast<size_t>(s - rank)] : 0;
      share[static_cast<size_t>(s)] = (without + with) / 2;
    }
  }
  const int64_t least = std::min(statistic, total - statistic);
  double tail = 0;
  for (int64_t s = 0; s <= least; ++s) tail += share[static_cast<size_t>(s)];
  return std::min(1.0, 2 * tail);
}

double normal_p(double statistic, double n, double ties) {
  const double mean = n * (n + 1) / 4;
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  return std::min(1.0, 2 * normal_tail(std::abs(statistic - mean) / std::sqrt(variance)));
}

}  // namespace

SignedRank signed_rank(std::span<const double> differences) {
  SignedRank test;
  std::vector<double> sizes;
  std::vector<bool> positive;
  for (const double difference : differences) {
    if (std::isnan(difference)) throw Error("a signed-rank test needs differences that are numbers");
    if (difference == 0) {
      ++test.zeros;
      continue;
    }
    sizes.push_back(std::abs(difference));
    positive.push_back(difference > 0);
  }
  test.n = static_cast<int64_t>(sizes.size());
  const Midranks ranked = midranks(sizes);
  std::vector<int64_t> doubled;
  int64_t statistic = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    doubled.push_back(std::llround(2 * ranked.ranks[i]));
    statistic += positive[i] ? doubled.back() : 0;
  }
  test.statistic = static_cast<double>(statistic) / 2;
  test.exact = sizes.size() <= most_exact;
  test.p = test.exact ? exact_p(doubled, statistic)
                      : normal_p(test.statistic, static_cast<double>(test.n), ranked.ties);
  return test;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double highest = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    highest = std::max(highest, std::min(1.0, p[order[k]] * static_cast<double>(order.size() - k)));
    adjusted[order[k]] = highest;
  }
  return adjusted;
}

double mcnemar(int64_t only_first, int64_t only_second) {
  if (only_first < 0 || only_second < 0)
    throw Error(cat("McNemar's test needs counts, but got ", only_first, " and ", only_second));
  const auto log_factorial = [](int64_t a) { return std::lgamma(static_cast<double>(a) + 1); };
  const int64_t n = only_first + only_second;
  double tail = 0;
  for (int64_t k = 0; k <= std::min(only_first, only_second); ++k) {
    tail += std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) -
                     static_cast<double>(n) * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace tazuna
