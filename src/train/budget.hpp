// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "train/trainer.hpp"

namespace tazuna {

/// How many steps fit into options.budget: ten are timed after three to warm up (waiting for batches
/// included, validation not), on the model's own weights, which are put back. At least 1.
int64_t steps_in_budget(RunParts& parts);

}  // namespace tazuna
