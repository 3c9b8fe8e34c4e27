// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace tazuna {

/// Rows of equal length: [N][P] features of N persons.
using Rows = std::vector<std::vector<double>>;

/// The training rows of a linear model, standardised (mean 0, population sd 1; a constant feature becomes 0),
/// in R orthonormal coordinates of the space they span: the features themselves for P <= N, else fewer than
/// N. A model with a penalty on |w|^2 has the same answers in either, so that it is solved in the smaller of
/// N and P.
class RowSpace {
 public:
  /// An Error without rows or features, for rows of different lengths, and for values that are not finite.
  explicit RowSpace(const Rows& features);
  /// [N][R]
  const Rows& coordinates() const { return coordinates_; }
  size_t dimensions() const { return dimensions_; }  ///< R
  size_t varying() const { return varying_; }        ///< features that are not constant
  /// The weights [P] of the standardised features that mean the same as `weights` [R] of the coordinates.
  std::vector<double> weights_of(const std::vector<double>& weights) const;
  const std::vector<double>& centre() const { return centre_; }  ///< [P] what was subtracted
  const std::vector<double>& scale() const {
    return scale_;
  }  ///< [P] what it was divided by; 1 for a constant

 private:
  void standardise(const Rows& features);
  void turn();

  std::vector<double> centre_, scale_;
  Rows standardised_;  // [N][P] where the coordinates are others, else empty
  Rows coordinates_;
  std::vector<size_t> pivots_;  // rows whose coordinates are a lower triangle
  size_t dimensions_ = 0, varying_ = 0;
};

/// sum over rows of weight * row * row^T / N, its lower triangle: [R][R].
Rows second_moments(const Rows& rows, const std::vector<double>& weights, size_t dimensions);
/// Solves A x = b for a symmetric positive definite A, of which the lower triangle is read, by Cholesky's
/// decomposition. An Error where A is not positive definite.
std::vector<double> solve_positive(Rows a, std::vector<double> b);
/// Sum of products over the first `length` entries.
double dot(const std::vector<double>& a, const std::vector<double>& b, size_t length);

}  // namespace tazuna
