// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tables/roc.hpp"

namespace tazuna {

/// The sensitivity of a ROC curve at a false positive rate, by straight lines between its points; where the
/// curve rises straight up, its upper end.
double sensitivity_at(const std::vector<RocPoint>& curve, double false_positive_rate);

/// Where a ROC curve may lie.
struct RocBand {
  std::vector<double> false_positive_rate;  ///< 0, 0.01, … 1; empty: no band could be drawn
  std::vector<double> low, high;            ///< sensitivity, pointwise 95 %
};
/// Pointwise percentile intervals of the sensitivity, from curves of persons drawn with replacement (sessions
/// of one person together); draws that lack positives or negatives are left out. Empty where either class has
/// fewer than two persons. The same seed gives the same band whatever the order of the cases.
RocBand roc_band(std::span<const double> scores, std::span<const uint8_t> positive,
                 std::span<const std::string> persons, int64_t draws = 500, uint64_t seed = 0);

}  // namespace tazuna
