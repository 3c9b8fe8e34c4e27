// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "experiment/resolve.hpp"

namespace tazuna {

/// Puts the held-out scores and answers of all folds together in OUT (write_scores(), write_answers()), each
/// case scored once by the network that never saw it, sessions of a person kept together in the intervals.
void pool_folds(const std::vector<std::filesystem::path>& folds, const std::filesystem::path& out,
                const Experiment& experiment);

}  // namespace tazuna
