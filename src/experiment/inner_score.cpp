// SPDX-License-Identifier: Apache-2.0
#include "experiment/inner_score.hpp"

#include <cmath>

#include "core/undefined.hpp"
#include "data/percentile.hpp"
#include "tasks/column_values.hpp"

namespace tazuna {

namespace {

// Mean absolute deviation of a task's known truths from their median; NaN without any.
double deviation_of(const std::string& task, const Validation& validation) {
  std::vector<double> truths;
  for (const auto& [name, cases] : validation.answered) {
    if (name != task) continue;
    for (const AnsweredCase& one : cases)
      if (const auto truth = number_of(one.truth)) truths.push_back(*truth);
  }
  if (truths.empty()) return undefined;
  const double middle = percentile(truths, 50);
  double sum = 0;
  for (const double truth : truths) sum += std::abs(truth - middle);
  return sum / static_cast<double>(truths.size());
}

}  // namespace

double inner_score(const Validation& validation) {
  double sum = 0;
  int64_t defined = 0;
  for (const auto& [task, name, value] : validation.values) {
    const double score = name == "mae" ? 1 - value / deviation_of(task, validation) : value;
    if (!std::isfinite(score)) continue;
    sum += score;
    ++defined;
  }
  return defined == 0 ? undefined : sum / static_cast<double>(defined);
}

}  // namespace tazuna
