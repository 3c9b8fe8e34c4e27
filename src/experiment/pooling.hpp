// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "infer/scores.hpp"

namespace tazuna {

/// Puts the held-out scores of all folds together: OUT/cases.tsv and OUT/summary.json, each case scored once
/// by the network that never saw it.
void pool_folds(const std::vector<std::filesystem::path>& folds, const std::filesystem::path& out,
                const ScoreNotes& notes);

}  // namespace tazuna
