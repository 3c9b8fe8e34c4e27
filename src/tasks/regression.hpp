// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tasks/subject_head.hpp"
#include "tasks/task.hpp"

namespace tazuna {

struct QuantityTarget {
  std::string column;
  std::string unit = {};  ///< years, ml: for tables
  bool log = false;       ///< learn the logarithm of a positive, skewed quantity
};
void describe(Fields& fields, QuantityTarget& target);

/// A number a case: standardised on the training part, Huber loss with delta 1, answered in its unit.
struct RegressionOptions {
  static constexpr std::string_view kind = "regression";
  std::string name;
  double weight = 0.1;
  double start = 0.3;
  QuantityTarget target;
  SubjectHeadOptions head;
  std::vector<std::string> covariates;
  bool sided = false;
};
void describe(Fields& fields, RegressionOptions& options);
std::unique_ptr<Task> make_task(const RegressionOptions& options);

}  // namespace tazuna
