// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tazuna {

/// Wilcoxon's signed-rank test of paired differences (1945).
struct SignedRank {
  double statistic = 0;  ///< sum of the ranks of positive differences
  double p = 1;          ///< two-sided; 1 without any difference
  int64_t n = 0;         ///< differences that are not 0
  int64_t zeros = 0;     ///< left out, as Wilcoxon did
  bool exact = true;     ///< all 2^n signs counted (ties by midranks); else the normal approximation
};

/// Exact for up to 60 differences, ties included (the distribution over all signs of the midranks as they
/// are); above that normal with the correction for ties and none for continuity. NaN differences are an
/// Error.
SignedRank signed_rank(std::span<const double> differences);

/// Holm's step-down adjustment (1979): adjusted p-values in the order given. NaN stays NaN and is not
/// counted.
std::vector<double> holm(std::span<const double> p);

/// Exact McNemar test (two-sided binomial p): `only_first` cases that the first answers rightly and the
/// second wrongly, `only_second` the reverse. 1 without any such case; an Error for negative counts.
double mcnemar(int64_t only_first, int64_t only_second);

}  // namespace tazuna
