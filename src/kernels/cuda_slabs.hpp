// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

/// add_weighted() of kernels/gaussian.hpp as a CUDA kernel with the same bits, for tensors on one GPU: sum
/// [K, D, H, W] fp32, logits [K, d, h, w] fp32 or bf16, each with any strides, weights [d, h, w] fp32; of
/// logits mirrored along `mirrored` (0 = d) the mirror image is added. False, and nothing done, for others
/// and without the CUDA module's kernels.
bool add_weighted_on_cuda(Tensor& sum, const Tensor& logits, const Tensor& weights,
                          const std::array<int64_t, 3>& low, at::IntArrayRef mirrored = {});

/// Logits on a source grid, as many planes as are at hand.
struct LogitPlanes {
  Tensor planes;      ///< [K, n, H, W] fp32
  Tensor last;        ///< [K, 1, H, W] fp32, the plane before them; undefined where begin is 0
  int64_t begin = 0;  ///< place of the first of `planes` on the source grid
};

/// What ResampleArgmax does with new planes, as a CUDA kernel with the same bits: labels of the planes first
/// to end-1 of `labels` (int16 [d, h, w], the whole target grid), whose neighbours on the source grid of
/// `source_depth` planes must all be at hand. False as above.
bool label_planes_on_cuda(const LogitPlanes& logits, int64_t source_depth, int64_t first, int64_t end,
                          Tensor& labels);

}  // namespace tazuna
