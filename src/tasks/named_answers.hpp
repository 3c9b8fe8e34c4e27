// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "tasks/batch.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// The words of a column as numbers 0 … K-1: classes, or levels in order.
class NamedAnswers {
 public:
  /// `key` names the option that lists them ("target.classes"). Refuses fewer than two names and one that
  /// stands twice.
  NamedAnswers(std::string column, std::string key, std::vector<std::string> names);
  const std::string& column() const { return column_; }
  const std::vector<std::string>& names() const { return names_; }
  /// K.
  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  /// Counts the training part's cases; a value that is no name, and a training part without any, is a
  /// problem.
  void fit(std::span<const Subject> training, const std::string& where, Problems& problems);
  /// Training cases by name; empty before fit() and constants().
  const std::vector<int64_t>& counts() const { return counts_; }
  /// Training persons by name, for fit()'s callers; empty without it.
  const std::vector<int64_t>& persons() const { return persons_; }
  void constants(Fields& fields);
  /// int64 [N], 0 where absent. A value that is no name is refused.
  Target target_of(std::span<const Sample> samples) const;

 private:
  std::string demand() const;

  std::string column_, key_;
  std::vector<std::string> names_;
  std::vector<int64_t> counts_, persons_;
};

/// The mean over members of an ensemble, [M, K] -> K shares that sum to 1; `chosen` is the greatest (the
/// first of equal ones).
ClassShares mean_shares(const std::vector<std::string>& names, const Tensor& members);

}  // namespace tazuna
