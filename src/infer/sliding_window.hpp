// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

struct WindowOptions {
  std::vector<int64_t> patch;             ///< tile, z, y, x
  double step = 0.5;                      ///< share of the tile between neighbours (at most)
  int64_t tiles = 4;                      ///< tiles run as one batch
  std::vector<int64_t> mirror_axes = {};  ///< averaged over all flips of these axes; empty: none
  bool bf16 = false;                      ///< autocast
  bool probabilities = false;             ///< VoxelField besides the LabelMap
};

/// nnU-Net's tile positions along one axis: steps evenly spread, at most tile * step apart.
std::vector<int64_t> window_starts(int64_t size, int64_t tile, double step);

/// All ways to flip some of `axes`, none first: each the axes that are flipped.
std::vector<std::vector<int64_t>> flips_of(const std::vector<int64_t>& axes);

/// Logits of tiles: [N, C, d, h, w] -> one [N, K, d, h, w] an answer.
using TileLogits = std::function<std::vector<Tensor>(const Tensor& tiles)>;
/// `logits` averaged over all flips of `axes` (0 = d); the result is flipped back.
TileLogits mirrored(TileLogits logits, std::vector<int64_t> axes);

/// Takes the next final planes [K, n, H, W] fp32 of an answer, on the CPU, along axis 0.
using PlaneSink = std::function<void(const Tensor& planes)>;

/// Slides a tile over `image` [C, D, H, W] (padded evenly with zeros where it is smaller than the tile) and
/// hands each answer's planes to its sink as soon as no later tile touches them. Overlapping tiles are
/// averaged with nnU-Net's Gaussian weights, members with equal ones. All members of a slab run before the
/// next slab, so what is held is one sum of [K, d, H, W] an answer, whatever D and the number of members.
void slide_window(const Tensor& image, const std::vector<TileLogits>& members,
                  const std::vector<PlaneSink>& sinks, const WindowOptions& options);

}  // namespace tazuna
