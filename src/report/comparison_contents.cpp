// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_contents.hpp"

#include <algorithm>
#include <cmath>

namespace tazuna {

const ComparedArm* Comparison::arm(const std::string& name) const {
  const auto place =
      std::find_if(arms.begin(), arms.end(), [&](const ComparedArm& one) { return one.name == name; });
  return place == arms.end() ? nullptr : &*place;
}

PairKind pair_kind(const Comparison& comparison, const ComparedPair& pair) {
  const ComparedArm* reference = comparison.arm(pair.reference);
  if (reference && reference->control) return PairKind::control;
  return pair.arm == comparison.first() ? PairKind::together : PairKind::further;
}

Outcome outcome_of(const ComparedPair& pair) {
  if (!std::isfinite(pair.low) || !std::isfinite(pair.high)) return Outcome::undefined;
  if (pair.low <= 0 && pair.high >= 0) return Outcome::open;
  return (pair.low > 0) == pair.higher_is_better ? Outcome::better : Outcome::worse;
}

bool falls_to_holm(const ComparedPair& pair) {
  const Outcome outcome = outcome_of(pair);
  return (outcome == Outcome::better || outcome == Outcome::worse) && pair.p < 0.05 && pair.p_holm >= 0.05;
}

bool is_main(const ComparedPair& pair) {
  const auto& metric = pair.metric;
  return metric == "dice" || metric.starts_with("auc") || metric.starts_with("mae");
}

}  // namespace tazuna
