// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tables/linear.hpp"

namespace tazuna {

namespace {

/// [N][outputs]
Rows outputs_of(const LinearModel& model, const Rows& features) {
  Rows outputs;
  std::vector<double> row(model.centre.size());
  for (const auto& values : features) {
    if (values.size() != row.size())
      throw Error(
          cat("a linear model of ", row.size(), " features was asked about a row of ", values.size()));
    for (size_t p = 0; p < row.size(); ++p) row[p] = (values[p] - model.centre[p]) / model.scale[p];
    outputs.emplace_back();
    for (size_t k = 0; k < model.weights.size(); ++k)
      outputs.back().push_back(model.intercepts[k] + dot(model.weights[k], row, row.size()));
  }
  return outputs;
}

/// Outputs of one row -> probabilities of the classes.
std::vector<double> probabilities_of(std::vector<double> outputs, Link link) {
  if (link == Link::sigmoid) {
    for (double& output : outputs) output = 1 / (1 + std::exp(-output));
    if (outputs.size() == 1) return {1 - outputs[0], outputs[0]};
  } else {
    const double most = *std::ranges::max_element(outputs);
    for (double& output : outputs) output = std::exp(output - most);
  }
  const double sum = std::accumulate(outputs.begin(), outputs.end(), 0.0);
  // Where every class is denied beyond the smallest number, none is preferred.
  for (double& output : outputs) output = sum > 0 ? output / sum : 1 / static_cast<double>(outputs.size());
  return outputs;
}

}  // namespace

std::vector<double> predict_quantity(const LinearModel& model, const Rows& features) {
  if (model.link != Link::identity) throw Error("a linear model of classes was asked for a quantity");
  std::vector<double> answers;
  for (const auto& row : outputs_of(model, features)) answers.push_back(row.front());
  return answers;
}

Rows predict_classes(const LinearModel& model, const Rows& features) {
  if (model.link == Link::identity) throw Error("a linear model of a quantity was asked for classes");
  Rows answers;
  for (auto& row : outputs_of(model, features))
    answers.push_back(probabilities_of(std::move(row), model.link));
  return answers;
}

}  // namespace tazuna
