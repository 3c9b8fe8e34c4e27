// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "train/trainer.hpp"

namespace tazuna {

/// How many steps fit into `seconds`, when the share `before` of them takes the first of two durations and
/// the rest the second. At least 1.
int64_t steps_in(double seconds, double before, double step_before, double step_after);

/// How many steps fit into options.budget: of each phase, before the first subject task takes part and after,
/// ten are timed after three to warm up (waiting for batches included, validation not), on the model's own
/// weights, which are put back. At least 1.
int64_t steps_in_budget(RunParts& parts);

}  // namespace tazuna
