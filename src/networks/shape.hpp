// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"

namespace tazuna {

/// The sizes every U-Net trunk shares; a planner fills what is `auto`.
struct TrunkShape {
  Auto<int64_t> stages;               ///< resolution levels
  Auto<std::vector<int64_t>> widths;  ///< channels a stage
  Auto<std::vector<Triple>> strides;  ///< a stage, first (1,1,1)
  Auto<std::vector<Triple>> kernels;  ///< a stage; 1 along axes that are still too coarse
  Auto<std::vector<int64_t>> blocks;  ///< residual blocks (or convolutions) an encoder stage
  Auto<std::vector<int64_t>>
      decoder_blocks;           ///< convolutions a decoder stage, coarsest first; one fewer than stages
  std::string layout = "auto";  ///< of features in memory: auto | channels_last | contiguous
};
void describe(Fields& fields, TrunkShape& shape);
/// Adds every list whose length or entries do not fit the others, under its key ("widths"); `auto`
/// fits anything.
void validate(const TrunkShape& shape, Problems& problems);

}  // namespace tazuna
