// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"

namespace tazuna {

/// What voxel losses are sums of, V = D·H·W. fp32 whatever the network's precision, double for double logits.
struct VoxelTerms {
  Tensor log_shares;  ///< log softmax over the classes [N, K, V]
  Tensor truth;       ///< 1 at the true class of a voxel, else 0 [N, K, V]
};
/// From logits [N, K, D, H, W], K >= 2, and labels [N, 1, D, H, W] of 0 … K-1 (int16 or int64); an Error
/// names any other shape or (on the CPU) label.
VoxelTerms voxel_terms(const Tensor& logits, const Tensor& labels);

}  // namespace tazuna
