// SPDX-License-Identifier: Apache-2.0
#include "tables/linear.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// log(1 + exp(x)) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

void expect_strength(double strength) {
  if (!(strength > 0 && std::isfinite(strength)))
    throw Error(cat("a linear model needs a strength above 0, but got ", strength));
}

void expect_targets(const RowSpace& space, size_t targets) {
  if (space.coordinates().size() != targets)
    throw Error(cat("a linear model has ", space.coordinates().size(), " rows but ", targets, " targets"));
}

LinearModel model_of(const RowSpace& space, Link link, double strength) {
  return {.centre = space.centre(), .scale = space.scale(), .link = link, .strength = strength};
}

/// A penalised logistic regression of one class against the rest; the last coordinate of a row is a constant
/// 1, which is not penalised.
class Logistic {
 public:
  Logistic(const Rows& rows, std::vector<double> positive, const std::vector<double>& counts,
           size_t dimensions, double strength)
      : rows_(rows),
        positive_(std::move(positive)),
        counts_(counts),
        dimensions_(dimensions),
        strength_(strength) {}

  std::vector<double> solved() const {
    constexpr int most_steps = 200;
    constexpr double close_enough = 1e-10;
    std::vector<double> solution(dimensions_, 0);
    for (int i = 0; i < most_steps; ++i) {
      const std::vector<double> slope = slope_at(solution);
      const std::vector<double> step = solve_positive(curvature_at(solution), slope);
      const double gain = dot(slope, step, dimensions_);
      solution = moved(solution, step, gain, close_enough);
      // Newton's method squares the error, so that the step after this one would be below rounding.
      if (gain < close_enough) return solution;
    }
    throw Error(
        cat("a logistic regression of strength ", strength_, " did not settle in ", most_steps, " steps"));
  }

 private:
  double loss_at(const std::vector<double>& solution) const {
    double sum = 0;
    for (size_t n = 0; n < rows_.size(); ++n) {
      const double output = dot(rows_[n], solution, dimensions_);
      sum += counts_[n] * (softplus(output) - positive_[n] * output);
    }
    return sum / static_cast<double>(rows_.size()) + strength_ / 2 * dot(solution, solution, dimensions_ - 1);
  }

  std::vector<double> slope_at(const std::vector<double>& solution) const {
    std::vector<double> slope(dimensions_, 0);
    const auto count = static_cast<double>(rows_.size());
    for (size_t n = 0; n < rows_.size(); ++n) {
      const double error = counts_[n] * (sigmoid(dot(rows_[n], solution, dimensions_)) - positive_[n]);
      for (size_t i = 0; i < dimensions_; ++i) slope[i] += error * rows_[n][i] / count;
    }
    for (size_t i = 0; i + 1 < dimensions_; ++i) slope[i] += strength_ * solution[i];
    return slope;
  }

  Rows curvature_at(const std::vector<double>& solution) const {
    std::vector<double> weights;
    for (size_t n = 0; n < rows_.size(); ++n) {
      const double p = sigmoid(dot(rows_[n], solution, dimensions_));
      weights.push_back(counts_[n] * p * (1 - p));
    }
    Rows curvature = second_moments(rows_, weights, dimensions_);
    for (size_t i = 0; i + 1 < dimensions_; ++i) curvature[i][i] += strength_;
    // Keeps the step finite where every row is far from the border; the solution is the same.
    curvature.back().back() += 1e-12;
    return curvature;
  }

  // Half the step as often as the loss does not fall; close to the solution rounding would hide whether it
  // does.
  std::vector<double> moved(const std::vector<double>& from, const std::vector<double>& step, double gain,
                            double close_enough) const {
    const double before = loss_at(from);
    std::vector<double> to(from);
    for (double share = 1; share > 1e-10; share /= 2) {
      for (size_t i = 0; i < dimensions_; ++i) to[i] = from[i] - share * step[i];
      if (gain < close_enough || loss_at(to) < before - 1e-4 * share * gain) return to;
    }
    return from;
  }

  const Rows& rows_;
  const std::vector<double> positive_;  // 1 or 0 a row
  const std::vector<double>& counts_;   // the weight of a row
  const size_t dimensions_;
  const double strength_;
};

}  // namespace

void expect_labels(const RowSpace& space, std::span<const int64_t> labels, int64_t classes) {
  expect_targets(space, labels.size());
  if (classes < 2) throw Error(cat("a linear model needs at least two classes, but got ", classes));
  for (const int64_t label : labels)
    if (label < 0 || label >= classes)
      throw Error(cat("a label is ", label, ", but there are ", classes, " classes, counted from 0"));
}

std::vector<double> row_weights(std::span<const int64_t> labels, int64_t classes,
                                std::span<const double> class_weights) {
  if (class_weights.empty()) return std::vector<double>(labels.size(), 1);
  if (static_cast<int64_t>(class_weights.size()) != classes)
    throw Error(cat("there are ", class_weights.size(), " weights of classes, but ", classes, " classes"));
  for (const double weight : class_weights)
    if (!(weight >= 0 && std::isfinite(weight)))
      throw Error(cat("the weight of a class must be at least 0, but one is ", weight));
  std::vector<double> weights;
  for (const int64_t label : labels) weights.push_back(class_weights[static_cast<size_t>(label)]);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0)) throw Error("a linear model needs a row whose class has a weight above 0");
  for (double& weight : weights) weight *= static_cast<double>(labels.size()) / sum;
  return weights;
}

LinearModel fit_ridge(const Rows& features, std::span<const double> targets, double strength) {
  return fit_ridge(RowSpace(features), targets, strength);
}

LinearModel fit_ridge(const RowSpace& space, std::span<const double> targets, double strength) {
  expect_strength(strength);
  expect_targets(space, targets.size());
  const auto n = static_cast<double>(targets.size());
  const double mean = std::accumulate(targets.begin(), targets.end(), 0.0) / n;
  const size_t dimensions = space.dimensions();
  Rows equations = second_moments(space.coordinates(), std::vector<double>(targets.size(), 1), dimensions);
  std::vector<double> right(dimensions, 0);
  for (size_t i = 0; i < dimensions; ++i) {
    equations[i][i] += strength;
    for (size_t k = 0; k < targets.size(); ++k)
      right[i] += space.coordinates()[k][i] * (targets[k] - mean) / n;
  }
  LinearModel model = model_of(space, Link::identity, strength);
  model.weights = {space.weights_of(solve_positive(std::move(equations), std::move(right)))};
  model.intercepts = {mean};
  return model;
}

LinearModel fit_logistic(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                         double strength, std::span<const double> class_weights) {
  return fit_logistic(RowSpace(features), labels, classes, strength, class_weights);
}

LinearModel fit_logistic(const RowSpace& space, std::span<const int64_t> labels, int64_t classes,
                         double strength, std::span<const double> class_weights) {
  expect_strength(strength);
  expect_labels(space, labels, classes);
  const std::vector<double> counts = row_weights(labels, classes, class_weights);
  Rows rows = space.coordinates();
  for (auto& row : rows) row.push_back(1);
  LinearModel model = model_of(space, Link::sigmoid, strength);
  for (int64_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
    std::vector<double> positive;
    for (const int64_t label : labels) positive.push_back(label == c ? 1 : 0);
    double inside = 0, outside = 0;
    for (size_t n = 0; n < labels.size(); ++n) (labels[n] == c ? inside : outside) += counts[n];
    if (inside == 0 || outside == 0) {
      model.weights.emplace_back(space.centre().size(), 0);
      model.intercepts.push_back(std::log((inside + 0.5) / (outside + 0.5)));
      continue;
    }
    std::vector<double> solution =
        Logistic(rows, std::move(positive), counts, space.dimensions() + 1, strength).solved();
    model.intercepts.push_back(solution.back());
    solution.pop_back();
    model.weights.push_back(space.weights_of(solution));
  }
  return model;
}

}  // namespace tazuna
