// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tasks/label_codes.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// Scores label maps structure by structure (metrics/structure.hpp); value(): mean Dice over the cases of
/// each structure, then over structures, undefined ones left out. Where the reference has no answer nothing
/// counts: predictions there are taken for background and are no true negatives (nnU-Net's ignore label).
/// `lesions`: scores of single lesions as well.
std::unique_ptr<Score> make_structure_score(std::string task, std::string map, LabelCodes codes,
                                            double tolerance_mm, bool lesions);

}  // namespace tazuna
