// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace tazuna {

/// The label of a voxel whose answer nobody knows: it takes no part in a loss and gets no gradient.
inline constexpr int64_t no_answer = -1;

/// What voxel losses are sums of, V = D·H·W. fp32 whatever the network's precision, double for double logits.
struct VoxelTerms {
  Tensor log_shares;  ///< log softmax over the classes [N, K, V]
  Tensor truth;     ///< 1 at the true class of a voxel, else 0; all 0 at a voxel without an answer [N, K, V]
  Tensor answered;  ///< 1 at voxels with an answer, else 0 [N, 1, V]; undefined if all have one
};
/// From logits [N, K, D, H, W], K >= 2, and labels [N, 1, D, H, W] of 0 … K-1 or no_answer (int16 or int64);
/// an Error names any other shape or (on the CPU) label.
VoxelTerms voxel_terms(const Tensor& logits, const Tensor& labels);

/// What overlap losses are made of, summed over the voxels with an answer: [N, K], without class 0 unless
/// `background`.
struct ClassSums {
  Tensor overlap;    ///< shares at the class's true voxels
  Tensor truth;      ///< number of the class's true voxels
  Tensor predicted;  ///< shares at all voxels
};
ClassSums class_sums(const VoxelTerms& terms, bool background);

/// The mean over a row's voxels with an answer from the sum over them, [N] -> [N]; 0 for a row without any.
Tensor mean_over_answered(const Tensor& sums, const VoxelTerms& terms);

}  // namespace tazuna
