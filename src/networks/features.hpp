// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// What an encoder or decoder leaves behind: one [N, C, D, H, W] a stage, finest first; an encoder's last is
/// the bottleneck.
struct Features {
  std::vector<Tensor> stages;
};

}  // namespace tazuna
