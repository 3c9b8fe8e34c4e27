// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// What ATen does in channels-last only by way of copies into another order. Both are differentiable once;
/// fp32 and bf16 on the CPU in channels-last run in one pass, everything else by ATen's own operation.

/// The channels of `a`, then those of `b`, at each voxel: [N, A, D, H, W], [N, B, D, H, W] ->
/// [N, A + B, D, H, W].
Tensor join_channels(const Tensor& a, const Tensor& b);

/// Mean over blocks of `size` voxels (d, h, w), which divides the space: [N, C, D, H, W] ->
/// [N, C, D / d, H / h, W / w].
Tensor mean_pool(const Tensor& input, const Triple& size);

}  // namespace tazuna
