// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace tazuna {

/// Updates that the finished training of a run folder really made: the last step in its journal.csv. Fewer
/// than `train.steps` where `train.patience` ended it. An Error where the journal cannot be read or is empty.
int64_t steps_taken(const std::filesystem::path& run);

}  // namespace tazuna
