// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tazuna {

/// The area under a ROC curve with DeLong's variance.
struct AreaUnderCurve {
  double auc = 0;  ///< NaN unless both classes occur
  /// Normal interval cut to [0, 1]; NaN where a class has fewer than two cases. It has no width where no case
  /// of one class is ranked among the other's, which says little about other people.
  double low = 0, high = 0;
  double variance = 0;  ///< DeLong, DeLong and Clarke-Pearson 1988
  int64_t positives = 0, negatives = 0;
};

/// Area under the ROC curve by midranks (ties count one half). `scores[i]` grows with the probability that
/// `positive[i]` is 1. An Error unless both spans have one length, no score is NaN and 0 < level < 1.
AreaUnderCurve area_under_curve(std::span<const double> scores, std::span<const uint8_t> positive,
                                double level = 0.95);

/// Two scores of the same cases.
struct PairedAreas {
  double difference = 0;     ///< first minus second; NaN unless both classes occur
  double low = 0, high = 0;  ///< normal interval of the difference
  /// Two-sided; 1 where variance and difference are both 0, NaN where the variance alone is 0 or a class has
  /// fewer than two cases.
  double p = 1;
};

/// DeLong's test of two correlated areas (the fast form of Sun and Xu 2014). The same errors as above.
PairedAreas compare_areas(std::span<const double> first, std::span<const double> second,
                          std::span<const uint8_t> positive, double level = 0.95);

/// One corner of a ROC curve.
struct RocPoint {
  double threshold = 0;  ///< scores at least this high are called positive; +inf for the first point
  double sensitivity = 0, false_positive_rate = 0;  ///< NaN without positives, without negatives
};
/// The curve from (0, 0) to (1, 1), one point a distinct score. The same errors as above.
std::vector<RocPoint> roc_curve(std::span<const double> scores, std::span<const uint8_t> positive);

/// Average precision: the precision at each distinct score weighted by the recall it adds (scikit-learn's
/// definition, no interpolation). NaN without positives. The same errors as above.
double average_precision(std::span<const double> scores, std::span<const uint8_t> positive);

}  // namespace tazuna
