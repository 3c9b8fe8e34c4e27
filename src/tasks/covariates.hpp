// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "core/tensor.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// A column that a head reads, as the training part showed it.
struct CovariateColumn {
  std::string column;
  double mean = 0, sd = 1;         ///< of numbers; population sd, 1 where all are equal
  std::vector<std::string> words;  ///< of a column of words: one input each; empty: numbers
};
void describe(Fields& fields, CovariateColumn& column);

/// Columns of a case as inputs of a head: numbers standardised, words one-hot, both by the training part.
class Covariates {
 public:
  explicit Covariates(std::vector<std::string> columns) : wanted_(std::move(columns)) {}
  const std::vector<std::string>& columns() const { return wanted_; }
  /// A column of numbers must hold nothing else, and some training case must have a value.
  void fit(std::span<const Subject> training, const std::string& where, Problems& problems);
  /// What fit() found.
  void constants(Fields& fields);
  /// Number F of inputs. An Error before fit() and constants() where there are columns.
  int64_t width() const;
  /// [N, F] float32; 0 for an unknown number, and for a word that is unknown or new. Undefined without
  /// columns; a text among numbers is refused.
  Tensor of(std::span<const Sample> samples) const;

 private:
  std::vector<std::string> wanted_;
  std::vector<CovariateColumn> fitted_;
};

}  // namespace tazuna
