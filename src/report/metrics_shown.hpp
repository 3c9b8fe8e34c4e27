// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tazuna {

/// How a metric is shown to people.
struct ShownMetric {
  std::string column;  ///< of cases.tsv, or the metric's name in a table of scores
  std::string name, unit;
  int digits = 2;
  bool in_means = true, in_cases = true;  ///< has a column in the table of means, of cases
};

/// The metrics of structures that a page shows, in its order.
const std::vector<ShownMetric>& shown_metrics();
/// A metric of structures or of answers by its name in the tables: "hd95_mm", "auc_above_2", "mae_years";
/// `unit` is that of the task's quantity, for names without it. A name nobody knows is shown as it is.
ShownMetric metric_named(const std::string& column, const std::string& unit = "");

/// "HD95 (mm)".
std::string heading(const ShownMetric& metric);
/// A value of the metric; those that may lie on either side of 0 show their sign.
std::string shown_value(const ShownMetric& metric, double value);
/// Decimals that suit numbers of this size.
int digits_for(double largest);
/// "p = 0.034", "p < 0.001", "" for NaN.
std::string p_text(double p);

}  // namespace tazuna
