// SPDX-License-Identifier: Apache-2.0
#include "tables/strength.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "tables/linear.hpp"

namespace tazuna {

namespace {

constexpr size_t inner_folds = 5;

/// The inner fold of each row. Persons are dealt to the folds in turn, in random order, those of one group
/// after those of another; a person's group is that of the first row.
std::vector<size_t> folds_of(std::span<const std::string> persons,
                             const std::function<int64_t(size_t)>& group, uint64_t seed) {
  std::map<std::string, int64_t> groups;
  for (size_t i = 0; i < persons.size(); ++i) groups.emplace(persons[i], group(i));
  if (groups.size() < 2)
    throw Error(
        cat("a penalty's strength is chosen over at least two persons, but there are ", groups.size()));
  const std::vector<std::pair<std::string, int64_t>> sorted(groups.begin(), groups.end());
  std::vector<size_t> order;
  for (const int64_t i : Random({"inner folds", seed}).permutation(static_cast<int64_t>(sorted.size())))
    order.push_back(static_cast<size_t>(i));
  std::ranges::stable_sort(order, {}, [&](size_t i) { return sorted[i].second; });
  std::map<std::string, size_t> fold;
  for (size_t k = 0; k < order.size(); ++k)
    fold[sorted[order[k]].first] = k % std::min(inner_folds, order.size());
  std::vector<size_t> result;
  for (const std::string& person : persons) result.push_back(fold.at(person));
  return result;
}

template <class T>
std::vector<T> chosen(std::span<const T> values, const std::vector<size_t>& folds, size_t fold, bool inside) {
  std::vector<T> part;
  for (size_t i = 0; i < values.size(); ++i)
    if ((folds[i] == fold) == inside) part.push_back(values[i]);
  return part;
}

/// The strength with the least sum of prices over the inner folds. `price` fits a model of the strength to
/// the training part and sums what its answers to the rest cost.
template <class T>
double cheapest(
    const Rows& features, std::span<const T> targets, const std::vector<size_t>& folds,
    const std::function<double(const RowSpace& space, const std::vector<T>& training, const Rows& rest,
                               const std::vector<T>& truth, double strength)>& price) {
  const std::vector<double> grid = strength_grid();
  std::vector<double> prices(grid.size(), 0);
  for (size_t fold = 0; fold <= *std::ranges::max_element(folds); ++fold) {
    const std::span<const std::vector<double>> rows(features);
    const RowSpace space(chosen(rows, folds, fold, false));
    const Rows rest = chosen(rows, folds, fold, true);
    const std::vector<T> training = chosen(targets, folds, fold, false),
                         truth = chosen(targets, folds, fold, true);
    for (size_t s = 0; s < grid.size(); ++s) prices[s] += price(space, training, rest, truth, grid[s]);
  }
  size_t best = grid.size() - 1;
  for (size_t s = grid.size(); s-- > 0;)
    if (prices[s] < prices[best]) best = s;
  return grid[best];
}

void expect_equal_sizes(size_t rows, size_t targets, size_t persons) {
  if (rows != targets || rows != persons)
    throw Error(cat("a linear model needs a target and a person a row, but got ", rows, " rows, ", targets,
                    " targets and ", persons, " persons"));
}

double squared_error(const RowSpace& space, const std::vector<double>& training, const Rows& rest,
                     const std::vector<double>& truth, double strength) {
  const std::vector<double> answers = predict_quantity(fit_ridge(space, training, strength), rest);
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) sum += (answers[i] - truth[i]) * (answers[i] - truth[i]);
  return sum;
}

double log_loss(const LinearModel& model, const Rows& rest, const std::vector<int64_t>& truth,
                std::span<const double> class_weights) {
  const Rows answers = predict_classes(model, rest);
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto c = static_cast<size_t>(truth[i]);
    const double price = -std::log(std::max(answers[i].at(c), std::numeric_limits<double>::epsilon()));
    sum += class_weights.empty() ? price : class_weights[c] * price;
  }
  return sum;
}

}  // namespace

std::vector<double> strength_grid() {
  std::vector<double> grid;
  for (int half_decades = -6; half_decades <= 6; ++half_decades)
    grid.push_back(std::pow(10, half_decades / 2.0));
  return grid;
}

double choose_strength(const Rows& features, std::span<const double> targets,
                       std::span<const std::string> persons, uint64_t seed) {
  expect_equal_sizes(features.size(), targets.size(), persons.size());
  const auto folds = folds_of(
      persons, [](size_t) { return 0; }, seed);
  return cheapest<double>(features, targets, folds, squared_error);
}

double choose_strength(const Rows& features, std::span<const int64_t> labels, int64_t classes,
                       std::span<const std::string> persons, uint64_t seed,
                       std::span<const double> class_weights) {
  expect_equal_sizes(features.size(), labels.size(), persons.size());
  const auto folds = folds_of(
      persons, [&labels](size_t i) { return labels[i]; }, seed);
  const auto price = [&](const RowSpace& space, const std::vector<int64_t>& training, const Rows& rest,
                         const std::vector<int64_t>& truth, double strength) {
    return log_loss(fit_logistic(space, training, classes, strength, class_weights), rest, truth,
                    class_weights);
  };
  return cheapest<int64_t>(features, labels, folds, price);
}

}  // namespace tazuna
