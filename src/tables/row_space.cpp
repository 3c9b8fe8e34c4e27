// SPDX-License-Identifier: Apache-2.0
#include "tables/row_space.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

// What is left of a row beside the others, as a share of the longest row's square, below which it is
// rounding.
constexpr double nothing_left = 1e-12;

void expect_rows(const Rows& features) {
  if (features.empty() || features.front().empty())
    throw Error("a linear model needs at least one row and one feature");
  for (const auto& row : features) {
    if (row.size() != features.front().size())
      throw Error(cat("a linear model's rows must have one length, but one has ", features.front().size(),
                      " features and another ", row.size()));
    for (const double value : row)
      if (!std::isfinite(value))
        throw Error(cat("a linear model's features must be finite, but one is ", value));
  }
}

Rows products_of(const Rows& rows) {
  Rows products(rows.size(), std::vector<double>(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j <= i; ++j) products[i][j] = products[j][i] = dot(rows[i], rows[j], rows[i].size());
  return products;
}

}  // namespace

double dot(const std::vector<double>& a, const std::vector<double>& b, size_t length) {
  // Sums of four at a time: several times faster than one after the other.
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(length);
  return std::transform_reduce(a.begin(), end, b.begin(), 0.0);
}

Rows second_moments(const Rows& rows, const std::vector<double>& weights, size_t dimensions) {
  Rows moments(dimensions, std::vector<double>(dimensions, 0));
  for (size_t n = 0; n < rows.size(); ++n) {
    for (size_t i = 0; i < dimensions; ++i) {
      const double factor = weights[n] * rows[n][i] / static_cast<double>(rows.size());
      for (size_t j = 0; j <= i; ++j) moments[i][j] += factor * rows[n][j];
    }
  }
  return moments;
}

std::vector<double> solve_positive(Rows a, std::vector<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) a[i][j] = (a[i][j] - dot(a[i], a[j], j)) / a[j][j];
    const double left = a[i][i] - dot(a[i], a[i], i);
    if (!(left > 0)) throw Error("a linear model's equations are singular; it needs a stronger penalty");
    a[i][i] = std::sqrt(left);
    b[i] = (b[i] - dot(a[i], b, i)) / a[i][i];
  }
  for (size_t i = n; i-- > 0;) {
    b[i] /= a[i][i];
    for (size_t k = 0; k < i; ++k) b[k] -= a[i][k] * b[i];
  }
  return b;
}

RowSpace::RowSpace(const Rows& features) {
  expect_rows(features);
  standardise(features);
  if (centre_.size() > features.size()) {
    turn();
  } else {
    coordinates_ = std::move(standardised_);
    standardised_.clear();
    dimensions_ = centre_.size();
  }
}

void RowSpace::standardise(const Rows& features) {
  const auto n = static_cast<double>(features.size());
  standardised_ = features;
  for (size_t p = 0; p < features.front().size(); ++p) {
    double sum = 0, squares = 0, least = features.front()[p], most = least;
    for (const auto& row : features) {
      sum += row[p];
      least = std::min(least, row[p]);
      most = std::max(most, row[p]);
    }
    const bool constant = least == most;
    const double mean = constant ? least : sum / n;
    for (const auto& row : features) squares += (row[p] - mean) * (row[p] - mean);
    centre_.push_back(mean);
    scale_.push_back(constant ? 1 : std::sqrt(squares / n));
    varying_ += !constant;
    for (auto& row : standardised_) row[p] = (row[p] - centre_[p]) / scale_[p];
  }
}

// Cholesky's decomposition of the rows' products, the longest remaining row next: products = L L^T, and the
// rows of L are the coordinates.
void RowSpace::turn() {
  const Rows products = products_of(standardised_);
  const size_t n = products.size();
  std::vector<double> left(n);
  for (size_t i = 0; i < n; ++i) left[i] = products[i][i];
  const double enough = nothing_left * *std::ranges::max_element(left);
  coordinates_.assign(n, {});
  for (dimensions_ = 0; dimensions_ < n; ++dimensions_) {
    const auto pivot = static_cast<size_t>(std::ranges::max_element(left) - left.begin());
    if (!(left[pivot] > enough)) break;
    const std::vector<double> row = coordinates_[pivot];
    const double root = std::sqrt(left[pivot]);
    pivots_.push_back(pivot);
    for (size_t i = 0; i < n; ++i) {
      // Those that were pivots before have nothing left.
      const double value =
          left[i] == 0 ? 0 : (products[i][pivot] - dot(coordinates_[i], row, row.size())) / root;
      coordinates_[i].push_back(i == pivot ? root : value);
      left[i] = i == pivot ? 0 : std::max(0.0, left[i] - value * value);
    }
  }
}

std::vector<double> RowSpace::weights_of(const std::vector<double>& weights) const {
  if (standardised_.empty()) return weights;
  std::vector<double> shares(dimensions_), result(centre_.size(), 0);
  for (size_t k = dimensions_; k-- > 0;) {
    double value = weights[k];
    for (size_t j = k + 1; j < dimensions_; ++j) value -= coordinates_[pivots_[j]][k] * shares[j];
    shares[k] = value / coordinates_[pivots_[k]][k];
    const std::vector<double>& row = standardised_[pivots_[k]];
    for (size_t p = 0; p < result.size(); ++p) result[p] += shares[k] * row[p];
  }
  return result;
}

}  // namespace tazuna
