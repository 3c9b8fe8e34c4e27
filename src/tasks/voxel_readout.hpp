// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tasks/label_codes.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// Logits [K, D, H, W] of the working grid -> LabelMap on the native grid: resized linearly to the crop,
/// greatest class, put back into the native grid (0 outside the crop). Holds labels only, never all logits;
/// of what is wished besides, the native map alone. Outside the crop all is background, and surely so.
std::unique_ptr<Readout> make_voxel_readout(const Placement& placement, const LabelCodes& codes,
                                            const VoxelWish& wish = {});

}  // namespace tazuna
