// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/subject.hpp"
#include "experiment/compare_questions.hpp"
#include "tables/linear.hpp"

namespace tazuna {

/// Numbers of cases by case id, [P] each, all finite.
using FeatureRows = std::map<std::string, std::vector<double>>;
/// Cases in words.
using Subjects = std::vector<std::shared_ptr<const Subject>>;

/// How classes are told apart; quantities and levels are always answered by ridge regression.
enum class ClassRule { logistic, discriminant };

/// A linear model that answers a subject task: it is fitted to training people and answers others, as a
/// network is. Its strength is chosen among the training people alone (choose_strength()); the discriminant's
/// shrinkage is Ledoit and Wolf's. Classes weigh what they weigh in the task's loss. Levels are answered by a
/// regression on their numbers, rounded; their probabilities are those of a normal variable around it with
/// the sd of the training residuals.
class Control {
 public:
  explicit Control(AskedTask question, ClassRule rule = ClassRule::logistic);
  /// Learns from the people whose answer and features are there. An Error where nothing can be learnt: fewer
  /// than two persons, one class alone.
  void fit(const Subjects& training, const FeatureRows& features, uint64_t seed);
  /// Answers cases that have features, with the truth beside; others are left out.
  std::vector<AnsweredCase> predict(const Subjects& cases, const FeatureRows& features) const;

 private:
  Prediction answer(const std::vector<double>& row) const;

  AskedTask question_;
  ClassRule rule_;
  LinearModel model_;
  double residual_sd_ = 1;
};

/// Columns of a table as numbers: a column of at most ten values as one indicator a value that the training
/// people have, others as they are, and so are numbers with decimals or of more values than half of the
/// persons. An unknown number is the training people's mean; an unknown value has no indicator.
class ColumnCodes {
 public:
  /// An Error (refused) where no column is left that differs among the training people.
  ColumnCodes(const std::vector<std::string>& columns, const Subjects& cohort, const Subjects& training);
  std::vector<double> of(const Subject& subject) const;
  const std::vector<std::string>& columns() const { return used_; }  ///< that say something

 private:
  struct Code {
    std::string column;
    std::vector<std::string> values = {};  // of indicators; empty: a number
    double mean = 0;
  };
  std::vector<Code> codes_;
  std::vector<std::string> used_;
};

/// The columns that the control `covariates` of a task reads: those the task names, else every column of the
/// cohort with at most ten values, or of numbers, that is no task's target and names no person
/// (`person_column`: of the split, may be empty).
std::vector<std::string> covariate_columns(const AskedTask& question, const std::vector<AskedTask>& questions,
                                           const Cohort& cohort, const std::string& person_column);

}  // namespace tazuna
