// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tables/table.hpp"

namespace tazuna {

/// A case worth looking at.
struct ChosenCase {
  std::string role;  ///< "worst of 40", "median of 40", "best of 40"; "the only case"
  std::string case_id, task;
};

/// Of each task in cases.tsv the `worst` (at most three), the median and the best case by the mean of its
/// structures' Dice, worst first; of equals the one that comes first in the table. Cases without any Dice are
/// not ranked.
std::vector<ChosenCase> chosen_cases(const Table& cases, size_t worst = 1);

/// The values that stand in a column of a table, each once, in order of appearance.
std::vector<std::string> distinct(const Table& table, const std::string& column);

}  // namespace tazuna
