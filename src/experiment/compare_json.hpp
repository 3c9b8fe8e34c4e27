// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tables/table.hpp"

namespace tazuna {

/// The tables of a comparison and what they rest on.
struct ComparisonTables {
  Table arms, scores, comparison;
  std::vector<std::string> limits;
  std::string command, config_sha256, device;
  int64_t threads = 0;
};

/// comparison.json: {"tazuna": version, "command", "config_sha256", "device", "threads", "arms": [...],
/// "scores": [...], "comparison": [...], "limits": [...]}, a row of a table an object of its columns; what is
/// not finite is null.
std::string comparison_json(const ComparisonTables& tables);

}  // namespace tazuna
