// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tasks/head.hpp"

namespace tazuna {

/// A 1x1x1 convolution to `classes` logits on each decoder level; children "0", "1", … coarsest first, as
/// dynamic-network-architectures' decoder.seg_layers.
std::shared_ptr<HeadImpl> make_voxel_head(const TrunkWidths& widths, int64_t classes);

}  // namespace tazuna
