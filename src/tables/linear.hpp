// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tables/row_space.hpp"

namespace tazuna {

/// How the outputs of a linear model become its answer.
enum class Link {
  identity,  ///< a quantity
  sigmoid,   ///< a class against the rest, made to sum 1; of two classes the second alone is modelled
  softmax,   ///< discriminant functions
};

/// A linear model on standardised features; constant features count nothing.
struct LinearModel {
  std::vector<double> centre = {}, scale = {};  ///< [P] of the training rows
  Rows weights = {};                            ///< [outputs][P]
  std::vector<double> intercepts = {};          ///< [outputs]
  Link link = Link::identity;
  double strength = 0;  ///< of the penalty strength/2 |w|^2 beside the mean loss; for softmax the shrinkage
};

/// Ridge regression: the least mean of (target - answer)^2 / 2 plus strength/2 |w|^2 (scikit-learn's
/// Ridge(alpha = N strength) on standardised features). An Error unless 0 < strength and there is a target a
/// row.
LinearModel fit_ridge(const Rows& features, std::span<const double> targets, double strength);
LinearModel fit_ridge(const RowSpace& space, std::span<const double> targets, double strength);

/// Logistic regression for labels 0..classes-1 by Newton's method: the least mean log-loss plus strength/2
/// |w|^2 (scikit-learn's LogisticRegression(C = 1 / (N strength)), for more than two classes in
/// OneVsRestClassifier), each row's loss times its row_weights(). A class without rows, or without rows
/// beside it, gets no weights and the log odds of its count plus one half. Errors as above.
LinearModel fit_logistic(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                         double strength, std::span<const double> class_weights = {});
LinearModel fit_logistic(const RowSpace& space, std::span<const int64_t> labels, int64_t classes,
                         double strength, std::span<const double> class_weights = {});

/// Linear discriminant analysis with the shares of the classes as priors: the pooled covariance within
/// classes is mixed with its mean variance, (1 - shrinkage) S + shrinkage tr(S)/P I (scikit-learn's
/// LinearDiscriminantAnalysis(solver = "lsqr") on standardised features). Without `shrinkage` it is Ledoit
/// and Wolf's (2004). Shares and covariance count each row by its row_weights(), so that balanced classes are
/// equal priors. A class without rows is never answered. An Error unless 0 <= shrinkage <= 1, and where the
/// covariance is singular.
LinearModel fit_discriminant(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                             std::optional<double> shrinkage = {},
                             std::span<const double> class_weights = {});

/// [N] for a quantity. An Error for a model of classes, and for rows of another length.
std::vector<double> predict_quantity(const LinearModel& model, const Rows& features);
/// [N][K], rows sum to 1. An Error for a model of a quantity, and for rows of another length.
Rows predict_classes(const LinearModel& model, const Rows& features);

/// An Error unless there is a label a row, each 0..classes-1 of at least two.
void expect_labels(const RowSpace& space, std::span<const int64_t> labels, int64_t classes);
/// What each row counts: the weight of its class ([K]; empty: all alike) over the mean of all rows. An Error
/// for another number of weights than classes, one below 0, and where no row counts anything.
std::vector<double> row_weights(std::span<const int64_t> labels, int64_t classes,
                                std::span<const double> class_weights);

}  // namespace tazuna
