// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tasks/label_codes.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// Logits [K, D, H, W] of the working grid -> LabelMap on the native grid: resized linearly to the crop,
/// greatest class, put back into the native grid (0 outside the crop). Holds labels only, never all logits.
std::unique_ptr<Readout> make_label_readout(const Placement& placement, const LabelCodes& codes);

/// Logits -> VoxelField of class probabilities on the native grid; outside the crop all is background.
std::unique_ptr<Readout> make_probability_readout(const Placement& placement, const LabelCodes& codes);

}  // namespace tazuna
