// SPDX-License-Identifier: Apache-2.0
#include "tables/roc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/undefined.hpp"
#include "tables/normal.hpp"
#include "tables/ranks.hpp"

namespace tazuna {

namespace {

void expect_pairs(std::span<const double> scores, std::span<const uint8_t> positive) {
  if (scores.size() != positive.size())
    throw Error(cat("a ROC curve needs one answer a score, but there are ", scores.size(), " scores and ",
                    positive.size(), " answers"));
  for (const double score : scores)
    if (std::isnan(score)) throw Error("a ROC curve needs scores that are numbers, but one is NaN");
}

int64_t positives_of(std::span<const uint8_t> positive) {
  return std::count_if(positive.begin(), positive.end(), [](uint8_t one) { return one != 0; });
}

/// How far a normal interval reaches, in standard deviations.
double reach_of(double level) {
  if (!(level > 0 && level < 1))
    throw Error(cat("an interval needs a level between 0 and 1, but got ", level));
  return normal_quantile(0.5 + level / 2);
}

/// DeLong's structural components: the share of the other class that each case is ranked above (of a
/// negative: below).
struct Components {
  std::vector<double> positives, negatives;
  double auc = undefined;
};

Components components_of(std::span<const double> scores, std::span<const uint8_t> positive) {
  std::vector<double> high, low;
  for (size_t i = 0; i < scores.size(); ++i) (positive[i] ? high : low).push_back(scores[i]);
  Components result;
  if (high.empty() || low.empty()) return result;
  std::vector<double> all = high;
  all.insert(all.end(), low.begin(), low.end());
  const auto joint = midranks(all).ranks, among_high = midranks(high).ranks, among_low = midranks(low).ranks;
  const auto m = static_cast<double>(high.size()), n = static_cast<double>(low.size());
  double above = 0;  // ranks are halves, so that this sum is exact
  for (size_t i = 0; i < high.size(); ++i) {
    result.positives.push_back((joint[i] - among_high[i]) / n);
    above += joint[i] - among_high[i];
  }
  for (size_t j = 0; j < low.size(); ++j)
    result.negatives.push_back(1 - (joint[high.size() + j] - among_low[j]) / m);
  result.auc = above / (m * n);
  return result;
}

/// Sample covariance; NaN for fewer than two.
double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() < 2) return undefined;
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / (n - 1);
}

double covariance_of(const Components& a, const Components& b) {
  return covariance(a.positives, b.positives) / static_cast<double>(a.positives.size()) +
         covariance(a.negatives, b.negatives) / static_cast<double>(a.negatives.size());
}

}  // namespace

AreaUnderCurve area_under_curve(std::span<const double> scores, std::span<const uint8_t> positive,
                                double level) {
  expect_pairs(scores, positive);
  const Components parts = components_of(scores, positive);
  AreaUnderCurve area{.auc = parts.auc, .low = undefined, .high = undefined};
  area.positives = positives_of(positive);
  area.negatives = static_cast<int64_t>(positive.size()) - area.positives;
  area.variance = covariance_of(parts, parts);
  const double reach = reach_of(level) * std::sqrt(area.variance);
  if (std::isnan(reach)) return area;
  area.low = std::max(0.0, area.auc - reach);
  area.high = std::min(1.0, area.auc + reach);
  return area;
}

PairedAreas compare_areas(std::span<const double> first, std::span<const double> second,
                          std::span<const uint8_t> positive, double level) {
  expect_pairs(first, positive);
  expect_pairs(second, positive);
  const double deviations = reach_of(level);
  const Components a = components_of(first, positive), b = components_of(second, positive);
  PairedAreas result{a.auc - b.auc, undefined, undefined, undefined};
  const double variance = covariance_of(a, a) + covariance_of(b, b) - 2 * covariance_of(a, b);
  if (std::isnan(variance)) return result;
  // Rounding may leave a little less than nothing.
  const double deviation = variance > 0 ? std::sqrt(variance) : 0;
  result.low = result.difference - deviations * deviation;
  result.high = result.difference + deviations * deviation;
  if (result.difference == 0) result.p = 1;
  if (result.difference != 0 && deviation > 0)
    result.p = 2 * normal_tail(std::abs(result.difference) / deviation);
  return result;
}

std::vector<RocPoint> roc_curve(std::span<const double> scores, std::span<const uint8_t> positive) {
  expect_pairs(scores, positive);
  const auto order = ascending(scores);
  const auto m = static_cast<double>(positives_of(positive)), n = static_cast<double>(scores.size()) - m;
  std::vector<RocPoint> curve{
      {std::numeric_limits<double>::infinity(), m > 0 ? 0 : undefined, n > 0 ? 0 : undefined}};
  double found = 0, wrong = 0;
  for (size_t i = order.size(); i-- > 0;) {
    (positive[order[i]] ? found : wrong) += 1;
    if (i > 0 && scores[order[i - 1]] == scores[order[i]]) continue;
    curve.push_back({scores[order[i]], m > 0 ? found / m : undefined, n > 0 ? wrong / n : undefined});
  }
  return curve;
}

double average_precision(std::span<const double> scores, std::span<const uint8_t> positive) {
  expect_pairs(scores, positive);
  const auto order = ascending(scores);
  const auto m = static_cast<double>(positives_of(positive));
  if (m == 0) return undefined;
  double found = 0, called = 0, recall = 0, sum = 0;
  for (size_t i = order.size(); i-- > 0;) {
    found += positive[order[i]] ? 1 : 0;
    ++called;
    if (i > 0 && scores[order[i - 1]] == scores[order[i]]) continue;
    sum += (found / m - recall) * found / called;
    recall = found / m;
  }
  return sum;
}

}  // namespace tazuna
