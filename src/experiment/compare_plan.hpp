// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "experiment/arms.hpp"
#include "experiment/compare.hpp"

namespace tazuna {

/// What a comparison works on.
struct ComparisonPlan {
  Experiment all;         ///< every task
  std::vector<Arm> arms;  ///< networks; the first is set against the others
  std::vector<int64_t> seeds;
  std::vector<size_t> folds;
  std::filesystem::path cache;  ///< of prepared cases
  CompareRequest request;
};

}  // namespace tazuna
