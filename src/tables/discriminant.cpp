// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tables/linear.hpp"

namespace tazuna {

namespace {

/// The classes of training rows in coordinates of their space.
struct Groups {
  Rows means;                  ///< [K][R]; zeros for a class without rows
  std::vector<double> shares;  ///< [K]
  Rows deviations;             ///< [N][R] from the row's class mean, times the root of what the row counts
};

Groups groups_of(const RowSpace& space, std::span<const int64_t> labels, int64_t classes,
                 const std::vector<double>& counts) {
  const size_t dimensions = space.dimensions(), k = static_cast<size_t>(classes);
  Groups groups{Rows(k, std::vector<double>(dimensions, 0)), std::vector<double>(k, 0), space.coordinates()};
  std::vector<double> rows(k, 0);
  for (size_t n = 0; n < labels.size(); ++n) {
    rows[static_cast<size_t>(labels[n])] += 1;
    groups.shares[static_cast<size_t>(labels[n])] += counts[n];
  }
  for (size_t n = 0; n < labels.size(); ++n) {
    const auto c = static_cast<size_t>(labels[n]);
    for (size_t i = 0; i < dimensions; ++i) groups.means[c][i] += space.coordinates()[n][i] / rows[c];
  }
  for (size_t n = 0; n < labels.size(); ++n) {
    const double root = std::sqrt(counts[n]);
    for (size_t i = 0; i < dimensions; ++i)
      groups.deviations[n][i] =
          root * (groups.deviations[n][i] - groups.means[static_cast<size_t>(labels[n])][i]);
  }
  for (double& share : groups.shares) share /= static_cast<double>(labels.size());
  return groups;
}

/// Ledoit and Wolf's shrinkage (2004) of centred rows towards their mean variance; `features` as P, since the
/// rows stand in coordinates.
double ledoit_wolf(const Rows& deviations, size_t dimensions, double features) {
  const auto n = static_cast<double>(deviations.size());
  double trace = 0, fourth = 0, squares = 0;
  for (size_t i = 0; i < deviations.size(); ++i) {
    const double length = dot(deviations[i], deviations[i], dimensions);
    trace += length / n;
    fourth += length * length / n;
    for (size_t j = 0; j < deviations.size(); ++j) {
      const double product = dot(deviations[i], deviations[j], dimensions);
      squares += product * product / (n * n);
    }
  }
  const double spread = squares - trace * trace / features, noise = (fourth - squares) / n;
  return spread > 0 ? std::clamp(noise / spread, 0.0, 1.0) : 1;
}

}  // namespace

LinearModel fit_discriminant(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                             std::optional<double> shrinkage, std::span<const double> class_weights) {
  const RowSpace space(features);
  expect_labels(space, labels, classes);
  if (shrinkage && !(*shrinkage >= 0 && *shrinkage <= 1))
    throw Error(cat("a shrinkage lies between 0 and 1, but got ", *shrinkage));
  const Groups groups = groups_of(space, labels, classes, row_weights(labels, classes, class_weights));
  const size_t dimensions = space.dimensions();
  const auto varying = static_cast<double>(space.varying());
  const double share = shrinkage ? *shrinkage : ledoit_wolf(groups.deviations, dimensions, varying);
  Rows covariance = second_moments(groups.deviations, std::vector<double>(labels.size(), 1), dimensions);
  double trace = 0;
  for (size_t i = 0; i < dimensions; ++i) trace += covariance[i][i];
  for (size_t i = 0; i < dimensions; ++i) {
    for (size_t j = 0; j <= i; ++j) covariance[i][j] *= 1 - share;
    covariance[i][i] += share * trace / varying;
  }
  LinearModel model{
      .centre = space.centre(), .scale = space.scale(), .link = Link::softmax, .strength = share};
  for (size_t c = 0; c < groups.means.size(); ++c) {
    // Without any spread within classes nothing but how frequent they are is known.
    const std::vector<double> weights =
        trace > 0 ? solve_positive(covariance, groups.means[c]) : std::vector<double>(dimensions, 0);
    model.intercepts.push_back(std::log(groups.shares[c]) - dot(weights, groups.means[c], dimensions) / 2);
    model.weights.push_back(space.weights_of(weights));
  }
  return model;
}

}  // namespace tazuna
