// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tasks/task.hpp"

namespace tazuna {

/// Scores label maps structure by structure (metrics/structure.hpp); value(): mean Dice over the cases of
/// each structure, then over structures, undefined ones left out.
std::unique_ptr<Score> make_structure_score(std::string task, std::string map, NamedIntegers names,
                                            double tolerance_mm);

}  // namespace tazuna
