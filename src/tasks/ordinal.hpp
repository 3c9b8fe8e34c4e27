// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tasks/subject_head.hpp"
#include "tasks/task.hpp"

namespace tazuna {

struct LevelTarget {
  std::string column;
  std::vector<std::string> levels;  ///< in order, lowest first; empty: the values found, as numbers
};
void describe(Fields& fields, LevelTarget& target);

/// One of K ordered levels a case: K - 1 cumulative logits with a shared slope (CORAL, Cao et al. 2020),
/// answer the median level. `cuts`: levels at which an AUC is reported (mRS: [2] asks whether it is above 2).
struct OrdinalOptions {
  static constexpr std::string_view kind = "ordinal";
  std::string name;
  double weight = 0.1;
  double start = 0.3;
  LevelTarget target;
  std::vector<std::string> cuts;
  SubjectHeadOptions head;
  std::vector<std::string> covariates;
  bool sided = false;
};
void describe(Fields& fields, OrdinalOptions& options);
std::unique_ptr<Task> make_task(const OrdinalOptions& options);

}  // namespace tazuna
