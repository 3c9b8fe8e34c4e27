// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "experiment/compare_rows.hpp"
#include "tables/table.hpp"

namespace tazuna {

/// Two arms, and the tasks for which they are set against each other; the difference is arm minus reference.
struct ArmPair {
  std::string arm, reference;
  std::vector<std::string> tasks;
};

/// One metric of a pair, case by case.
struct PairedRows {
  ArmPair pair = {};
  std::string task, structure, metric, unit;
  bool higher_is_better = true;
  std::string family;  ///< p-values of one family are adjusted together: "dice", "auc"
  enum class Test { wilcoxon, delong, mcnemar } test = Test::wilcoxon;
  struct Row {
    std::string case_id, person;
    double arm = 0, reference = 0;
    bool positive = false;  ///< of delong: the truth
    int64_t cases = 1;      ///< of the person that were merged; their ids are joined by +
  };
  std::vector<Row> rows;  ///< both values finite
  int64_t left_out = 0;   ///< cases where one of them is not
};

/// What is set against what, case by case, seeds averaged first: of structures dice, hd95_mm and the size of
/// volume_error_mm3; of classes accuracy and auc (of more than two one a class against the rest); of levels
/// accuracy, mae_levels and auc_above_<cut>; of quantities mae. Cases that only one of the two answered, that
/// nobody knows, or that have no finite value in both are left out. A person's cases with the same truth are
/// one row of a subject task: their probabilities, with the answer that follows, or their quantities are
/// averaged under each arm. `scores`, `answers` in `outcomes` hold all arms.
std::vector<PairedRows> paired_rows(const Outcomes& outcomes, const std::vector<ArmPair>& pairs,
                                    const std::vector<AskedTask>& questions);

/// `task structure metric unit better arm reference n persons merged arm_mean reference_mean difference low
/// high test statistic p p_holm`. merged: cases that are in one of the n rows together with others of their
/// person. The interval of a mean is a percentile bootstrap over persons; Wilcoxon's test takes the mean
/// difference of each person (statistic: sum of the positive ranks); McNemar's is exact (statistic: rows that
/// the arm alone answers rightly); the difference of areas has DeLong's interval and p. McNemar's and
/// DeLong's p suppose that rows are independent: where a person has cases with different truths, and so
/// several rows, it is n/a, and the areas' interval a bootstrap over persons. p_holm: adjusted over the
/// structures (classes, cuts) of one task, family and pair.
Table comparison_table(const std::vector<PairedRows>& all);
/// The rows behind it: `task structure metric arm reference case person arm_value reference_value`,
/// `positive` (1, 0 or n/a), the truth that an area needs, and `cases`, how many of a person were merged.
Table difference_table(const std::vector<PairedRows>& all);

}  // namespace tazuna
