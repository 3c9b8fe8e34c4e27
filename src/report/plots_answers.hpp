// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/roc_band.hpp"

namespace tazuna {

/// One network's ROC curve.
struct RocLine {
  std::string name;   ///< with its area: "joint 0.81 [0.72, 0.90]"
  size_t colour = 0;  ///< of the palette
  std::vector<double> false_positive_rate, sensitivity;
  RocBand band = {};  ///< drawn where it is not empty
};
/// ROC curves in the unit square, with the line of chance.
std::string roc_plot(const std::vector<RocLine>& lines);

/// Counts [truth][answer]; a cell's shade is its share of its row.
std::string confusion_plot(const std::vector<std::string>& names,
                           const std::vector<std::vector<int64_t>>& counts);

/// Cases of similar predicted probability.
struct ReliabilityBin {
  double predicted = 0, observed = 0;  ///< mean probability; share in which it happened
  double low = 0, high = 0;            ///< Wilson's 95 % interval of the share
  int64_t n = 0;
};
/// Equal bins of [0, 1] that hold a case; the last one holds 1. An Error unless both have one length.
std::vector<ReliabilityBin> reliability_bins(const std::vector<double>& probabilities,
                                             const std::vector<uint8_t>& happened, int64_t bins);
struct ReliabilityLine {
  std::string name;
  size_t colour = 0;
  std::vector<ReliabilityBin> bins;
};
/// What happened against what was said, with the line of perfect calibration; a point is the larger the more
/// cases.
std::string reliability_plot(const std::string& x_name, const std::string& y_name,
                             const std::vector<ReliabilityLine>& lines);

/// A case's quantity, both finite.
struct TruthPoint {
  double truth = 0, answer = 0;
  std::string hint;
};
/// Answers against truths on one scale, with the line of equality and the least-squares line, whose slope
/// shows the bias towards the mean.
std::string truth_plot(const std::string& unit, const std::vector<TruthPoint>& points);

}  // namespace tazuna
