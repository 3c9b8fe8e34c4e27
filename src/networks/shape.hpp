// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

/// The sizes every U-Net trunk shares; a planner fills what is `auto`.
struct TrunkShape {
  Auto<int64_t> stages;                  ///< resolution levels
  Auto<std::vector<int64_t>> widths;     ///< channels a stage
  Auto<std::vector<Triple>> strides;     ///< a stage, first (1,1,1)
  Auto<std::vector<Triple>> kernels;     ///< a stage; 1 along axes that are still too coarse
  Auto<std::vector<int64_t>> blocks;     ///< residual blocks (or convolutions) an encoder stage
  Auto<std::vector<int64_t>> decoder_blocks;  ///< convolutions a decoder stage, finest last but one fewer stages
};
void describe(Fields& fields, TrunkShape& shape);

}  // namespace tazuna
