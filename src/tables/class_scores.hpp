// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tazuna {

/// Answers to a question with K classes.
struct ClassAnswers {
  std::vector<int64_t> truth;                      ///< [N] 0..K-1
  std::vector<std::vector<double>> probabilities;  ///< [N][K], each row sums to 1
  std::vector<int64_t> chosen =
      {};  ///< [N] the answers; empty: the most probable class (of equals the first)
};

/// Counts [truth][answer]. An Error where truth, probabilities and answers do not fit each other or the
/// number of classes, or a probability is outside [0, 1].
std::vector<std::vector<int64_t>> confusion(const ClassAnswers& answers, int64_t classes);

/// Scores by name, in this order: accuracy, balanced_accuracy (mean recall of the classes that occur),
/// macro_f1 (over the classes that occur or were answered), mcc (Gorodkin 2004 for K > 2; 0 where it is
/// undefined, as scikit-learn), brier (mean over cases of the sum over classes of squared differences, halved
/// for K = 2 so that it is the usual binary one), ece (15 equal bins of the highest probability, whatever was
/// chosen, Guo et al. 2017), log_loss; with two classes also sensitivity, specificity, ppv, npv of class 1.
/// Undefined values are NaN. The same errors as above.
std::vector<std::pair<std::string, double>> class_scores(const ClassAnswers& answers, int64_t classes);

/// Quadratic weighted kappa (Cohen 1968) of ordered levels 0..K-1; NaN where all truths and answers are one
/// level. An Error for another number of answers than truths and for levels out of range.
double quadratic_kappa(std::span<const int64_t> truth, std::span<const int64_t> answers, int64_t levels);

/// Scores of a quantity, by name: mae, rmse, r2 (NaN for constant truth), bias (mean of answer minus truth),
/// slope (of answer minus truth on truth: the age-bias slope), pearson. Undefined values are NaN. An Error
/// for another number of answers than truths.
std::vector<std::pair<std::string, double>> quantity_scores(std::span<const double> truth,
                                                            std::span<const double> answers);

}  // namespace tazuna
