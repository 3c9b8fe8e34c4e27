// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

/// nnU-Net's importance map of a tile: a Gaussian of sigma = size * scale centred on index size // 2 of each
/// axis (scipy's gaussian_filter of a unit impulse, truncated at 4 sigma), scaled to a maximum of 1; zeros
/// are lifted to the smallest positive value. float32 [D, H, W].
Tensor gaussian_weights(const std::array<int64_t, 3>& size, double scale = 0.125);

/// sum[:, box] += weights * logits for one tile, in one pass without copies; sum [K, D, H, W] fp32, logits
/// [K, d, h, w] fp32 or bf16 in any layout, weights [d, h, w] fp32; `low` is the tile's first voxel in sum.
/// Logits of a tile that was mirrored along the axes `mirrored` (0 = d) are turned back, the weights are not.
/// Parallel over rows.
void add_weighted(Tensor& sum, const Tensor& logits, const Tensor& weights, const std::array<int64_t, 3>& low,
                  at::IntArrayRef mirrored = {});

}  // namespace tazuna
