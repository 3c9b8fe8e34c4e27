// SPDX-License-Identifier: Apache-2.0
#include "report/metrics_shown.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "report/markup.hpp"

namespace tazuna {
namespace {

/// Scores of answers whose name says all.
const std::vector<ShownMetric>& answer_metrics() {
  static const std::vector<ShownMetric> metrics{{"auc", "AUC", "", 3},
                                                {"average_precision", "Average precision", "", 3},
                                                {"balanced_accuracy", "Balanced accuracy", "", 3},
                                                {"accuracy", "Accuracy", "", 3},
                                                {"macro_f1", "Macro F1", "", 3},
                                                {"mcc", "Matthews correlation", "", 3},
                                                {"brier", "Brier score", "", 3},
                                                {"ece", "Calibration error (ECE)", "", 3},
                                                {"log_loss", "Log loss", "", 3},
                                                {"sensitivity", "Sensitivity", "", 3},
                                                {"specificity", "Specificity", "", 3},
                                                {"ppv", "Positive predictive value", "", 3},
                                                {"npv", "Negative predictive value", "", 3},
                                                {"quadratic_kappa", "Quadratic kappa", "", 3},
                                                {"r2", "R²", "", 3},
                                                {"pearson", "Pearson's r", "", 3},
                                                {"slope", "Slope of error on truth", "", 3}};
  return metrics;
}

/// Scores in the quantity's unit, which may stand behind the name.
constexpr std::array<std::pair<std::string_view, const char*>, 3> quantity_metrics{
    {{"mae", "MAE"}, {"rmse", "RMSE"}, {"bias", "Bias"}}};

const ShownMetric* found(const std::vector<ShownMetric>& metrics, const std::string& column) {
  const auto place = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const ShownMetric& one) { return one.column == column; });
  return place == metrics.end() ? nullptr : &*place;
}

bool has_sign(const std::string& column) {
  return column.starts_with("volume_error") || column.starts_with("bias") || column == "slope";
}

}  // namespace

const std::vector<ShownMetric>& shown_metrics() {
  static const std::vector<ShownMetric> metrics{{"dice", "Dice", "", 3},
                                                {"hd95_mm", "HD95", "mm", 2},
                                                {"assd_mm", "ASSD", "mm", 2},
                                                {"nsd", "NSD", "", 3},
                                                {"lesion_f1", "Lesion F1", "", 3},
                                                {"lesion_precision", "Lesion precision", "", 3, true, false},
                                                {"lesion_recall", "Lesion recall", "", 3, true, false},
                                                {"predicted_mm3", "Predicted", "mm³", 0, false, true},
                                                {"reference_mm3", "Reference", "mm³", 0, false, true},
                                                {"volume_error_mm3", "Volume error", "mm³", 0, true, false},
                                                {"volume_error_percent", "Volume error", "%", 1}};
  return metrics;
}

ShownMetric metric_named(const std::string& column, const std::string& unit) {
  for (const auto* known : {&shown_metrics(), &answer_metrics()})
    if (const ShownMetric* metric = found(*known, column)) return *metric;
  if (column.starts_with("auc_above_")) return {column, cat("AUC for above ", column.substr(10)), "", 3};
  if (column.starts_with("auc_")) return {column, cat("AUC for ", column.substr(4)), "", 3};
  if (column == "abs_volume_error_mm3") return {column, "Size of the volume error", "mm³", 0};
  for (const auto& [start, name] : quantity_metrics) {
    if (column == start) return {column, name, unit, 2};
    if (column.starts_with(cat(start, "_"))) return {column, name, column.substr(start.size() + 1), 2};
  }
  return {column, column, "", 3};
}

std::string heading(const ShownMetric& metric) {
  return metric.unit.empty() ? metric.name : cat(metric.name, " (", metric.unit, ")");
}

std::string shown_value(const ShownMetric& metric, double value) {
  return has_sign(metric.column) ? signed_figure(value, metric.digits) : figure(value, metric.digits);
}

int digits_for(double largest) {
  const double size = std::abs(largest);
  return !(size > 0) ? 2 : size < 0.1 ? 4 : size < 1 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
}

std::string p_text(double p) {
  return std::isnan(p) ? "" : p < 0.001 ? "p < 0.001" : cat("p = ", figure(p, p < 0.1 ? 3 : 2));
}

}  // namespace tazuna
