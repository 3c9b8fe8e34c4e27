// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tasks/subject_head.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// Which column holds the class, and the classes in the order of their numbers.
struct ClassTarget {
  std::string column;
  std::vector<std::string> classes;  ///< empty: the values found, sorted (resolved before training)
};
void describe(Fields& fields, ClassTarget& target);

/// One of K classes a case: cross-entropy with label smoothing, each row times the weight of its class.
struct ClassificationOptions {
  static constexpr std::string_view kind = "classification";
  std::string name;
  double weight = 0.1;
  double start = 0.3;  ///< share of the steps
  ClassTarget target;
  SubjectHeadOptions head;
  std::vector<std::string> covariates;  ///< columns, numbers or words
  double label_smoothing = 0.05;
  std::string class_weights = "balanced";  ///< balanced (N / (K n_k)) | none | given
  std::vector<double> given_weights;       ///< one a class, for `given`
  bool sided = false;
};
void describe(Fields& fields, ClassificationOptions& options);
std::unique_ptr<Task> make_task(const ClassificationOptions& options);

}  // namespace tazuna
