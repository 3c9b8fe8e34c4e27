// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/random.hpp"
#include "core/text.hpp"
#include "report/comparison_contents.hpp"

namespace tazuna {

/// A pair of arms whose interval is [low, high].
inline ComparedPair made_pair(const std::string& task, const std::string& structure,
                              const std::string& metric, const std::string& arm, const std::string& reference,
                              double low, double high) {
  ComparedPair pair{
      .task = task, .structure = structure, .metric = metric, .arm = arm, .reference = reference};
  pair.higher_is_better = !metric.starts_with("mae") && metric != "hd95_mm";
  pair.n = pair.persons = 40;
  pair.difference = (low + high) / 2;
  pair.reference_mean = 0.7;
  pair.arm_mean = 0.7 + pair.difference;
  pair.low = low;
  pair.high = high;
  pair.test = "wilcoxon";
  pair.p = pair.p_holm = low > 0 || high < 0 ? 0.01 : 0.4;
  return pair;
}

/// Arms joint, lesion, grade, age and the control volumes; without figures.
inline Comparison made_comparison() {
  Comparison comparison;
  comparison.title = "A cohort";
  comparison.lead = "What was done.";
  comparison.arms = {{"joint", false, {"lesion", "grade", "age"}, 0},
                     {"lesion", false, {"lesion"}, 1},
                     {"grade", false, {"grade"}, 2},
                     {"age", false, {"age"}, 3},
                     {"volumes", true, {"grade", "age"}, 4}};
  comparison.limits = {"Research use only."};
  return comparison;
}

/// Answers of every arm that has the task: classes (the second more probable where it is true) or, without
/// names, years.
inline AnsweredTask made_task(const Comparison& comparison, const std::string& name,
                              const std::vector<std::string>& names, int cases) {
  AnsweredTask task{.name = name, .unit = names.empty() ? "years" : "", .names = names};
  task.scores_file = "scores.tsv";
  task.answers_file = cat("answers_", name, ".tsv");
  task.truth_column = "truth";
  task.answer_column = "answer";
  task.share_prefix = "p_";
  Random random({"task", name});
  for (const ComparedArm& arm : comparison.arms) {
    if (std::find(arm.tasks.begin(), arm.tasks.end(), name) == arm.tasks.end()) continue;
    Answerer answerer{arm.name, arm.colour, arm.control, {}};
    for (int i = 0; i < cases; ++i) {
      GivenAnswer given{cat("sub-", i), cat("sub-", i), 0, 0, {}};
      if (names.empty()) {
        given.truth = random.uniform(20, 80);
        given.answer = given.truth + random.normal();
      } else {
        const auto count = static_cast<int64_t>(names.size());
        given.truth = static_cast<double>(i % count);
        given.answer = random.chance(0.7) ? given.truth : static_cast<double>(random.below(count));
        given.shares.assign(names.size(), 0.4 / static_cast<double>(count));
        given.shares[static_cast<size_t>(given.answer)] += 0.6;
      }
      answerer.answers.push_back(std::move(given));
    }
    const int64_t n = cases;
    const std::vector<std::string> metrics = names.empty() ? std::vector<std::string>{"mae_years", "slope"}
                                                           : std::vector<std::string>{"auc", "brier"};
    for (const std::string& metric : metrics)
      task.scores.push_back({name, "-", metric, {random.uniform(), 0.1, 0.9, n, n, 0, 0}, arm.name});
    task.answerers.push_back(std::move(answerer));
  }
  return task;
}

}  // namespace tazuna
