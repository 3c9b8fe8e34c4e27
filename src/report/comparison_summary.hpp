// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/comparison_contents.hpp"

namespace tazuna {

/// How many pairs of the main metrics came out which way.
struct OutcomeCounts {
  int64_t better = 0, worse = 0, open = 0, undefined = 0;
  int64_t better_before_holm = 0,
          worse_before_holm = 0;  ///< of better and worse those that fall to Holm's correction
  int64_t all() const { return better + worse + open + undefined; }
};
OutcomeCounts count_outcomes(const Comparison& comparison, PairKind kind);

/// " (2 of them not after Holm's correction)"; "" for none.
std::string holm_count(int64_t count);
/// One sentence: did learning the tasks together help?
std::string verdict_of(const Comparison& comparison);
/// What the pairs of a kind showed in the main metrics or in the others, a sentence a task and metric: both
/// values, their difference, its interval, and what may be said of it. Many structures share a sentence that
/// names those that differ.
std::vector<std::string> findings_of(const Comparison& comparison, PairKind kind, bool main);

/// Decimals for a pair's metric; "Dice", "MAE (years)"; "+0.012 [−0.003, +0.027]".
int digits_of(const ComparedPair& pair);
std::string metric_words(const ComparedPair& pair);
std::string difference_words(const ComparedPair& pair);

}  // namespace tazuna
