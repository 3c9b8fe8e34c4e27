// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace tazuna {

/// A difference with its interval, or a heading over those that follow.
struct ForestRow {
  std::string name;
  std::string words = {};  ///< the numbers, at the end of the row: "+0.012 [−0.003, +0.027]"
  double difference = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
  bool is_heading = false;
};
struct ForestScale {
  std::string name;  ///< "difference of Dice"
  bool higher_is_better = true;
};
/// Paired differences (first minus second) one below the other against no difference; those whose interval
/// leaves out 0 in the colour of the better one. What is not finite is not drawn.
std::string forest_plot(const ForestScale& scale, const std::vector<ForestRow>& rows);

/// One case under two arms.
struct PairedValue {
  double first = 0, second = 0;
  std::string hint;
};
struct PairedScale {
  std::string name;  ///< "Dice of core"
  std::string first, second;
  int digits = 3;
  bool higher_is_better = true;
};
/// How many cases are better, worse and equal under the first; pairs that are not finite are in none.
struct PairedCounts {
  int64_t better = 0, worse = 0, equal = 0, left_out = 0;
};
PairedCounts count_pairs(const std::vector<PairedValue>& pairs, bool higher_is_better);
/// Each case as two points and a line between: the second arm on the left, the first on the right; the thick
/// line joins the means.
std::string paired_dots(const PairedScale& scale, const std::vector<PairedValue>& pairs);

}  // namespace tazuna
