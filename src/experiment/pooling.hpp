// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "infer/scores.hpp"

namespace tazuna {

/// Puts the held-out scores of all folds together in OUT (write_scores()), each case scored once by the
/// network that never saw it. `notes` names the persons, so that sessions stay together in the intervals.
void pool_folds(const std::vector<std::filesystem::path>& folds, const std::filesystem::path& out,
                const ScoreNotes& notes);

}  // namespace tazuna
