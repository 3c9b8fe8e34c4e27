// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tasks/task.hpp"

namespace tazuna {

/// Scores of classes (ClassShares answers) over the cases whose truth is one of the names: auc (two classes:
/// of the second, with DeLong's interval; more: the mean over one-against-rest), average_precision
/// (likewise), balanced_accuracy, macro_f1, accuracy, mcc, brier, ece, with two classes sensitivity,
/// specificity, ppv, npv of the second; each with n and a bootstrap interval over persons (but DeLong's,
/// which needs one case a person; else the bootstrap's). What is right follows from the answers as they were
/// given, not from the shares. Undefined values are NaN. Nothing without cases;
/// answers of different names are an Error.
std::vector<TaskScore> class_answer_scores(std::span<const AnsweredCase> cases);
/// Of ordered levels: quadratic_kappa, mae_levels, accuracy of the chosen levels, and auc_above_<cut> of the
/// probability of a level above each cut, with DeLong's interval as above.
std::vector<TaskScore> level_answer_scores(std::span<const AnsweredCase> cases,
                                           const std::vector<std::string>& cuts);
/// Of quantities, over the cases whose truth is a number: mae, rmse (with `_<unit>`), r2, bias, slope (of the
/// error on the truth), pearson.
std::vector<TaskScore> quantity_answer_scores(std::span<const AnsweredCase> cases);

/// The same values by name without intervals.
using ScoreValues = std::vector<std::pair<std::string, double>>;
ScoreValues class_answer_values(std::span<const AnsweredCase> cases);
ScoreValues level_answer_values(std::span<const AnsweredCase> cases, const std::vector<std::string>& cuts);
ScoreValues quantity_answer_values(std::span<const AnsweredCase> cases);
/// One of them; NaN if it is not there.
double value_named(const std::string& metric, const ScoreValues& values);

}  // namespace tazuna
