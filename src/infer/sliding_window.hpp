// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <array>
#include <functional>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

struct WindowOptions {
  std::vector<int64_t> patch;  ///< tile, z, y, x
  double step = 0.5;           ///< share of the tile between neighbours (at most)
  int64_t tiles = 0;           ///< tiles and their mirror images run as one batch; 0: tiles_at_once()
  std::vector<int64_t> mirror_axes = {};            ///< averaged over all flips of these axes; empty: none
  bool bf16 = false;                                ///< autocast
  bool probabilities = false, uncertainty = false;  ///< which maps are asked besides the labels
};

/// nnU-Net's tile positions along one axis: steps evenly spread, at most tile * step (but a voxel) apart,
/// each once.
std::vector<int64_t> window_starts(int64_t size, int64_t tile, double step);

/// All ways to flip some of `axes`, none first: each the axes that are flipped.
std::vector<std::vector<int64_t>> flips_of(const std::vector<int64_t>& axes);

/// Logits of tiles: [N, C, d, h, w] -> one [N, K, d, h, w] an answer, in any layout.
using TileLogits = std::function<std::vector<Tensor>(const Tensor& tiles)>;
/// Takes the next final planes [K, n, H, W] fp32 of an answer along axis 0, on the image's device. They may
/// be a view of memory that is used again after the call.
using PlaneSink = std::function<void(const Tensor& planes)>;

/// How many tiles of `patch` run best as one batch on `device`: on the CPU as many as keep their features in
/// the caches, on a GPU as many as fill it.
int64_t tiles_at_once(const std::vector<int64_t>& patch, at::Device device);

/// Slides a tile over `image` [C, D, H, W] (padded evenly with zeros where it is smaller than the tile) and
/// hands each answer's planes to its sink as soon as no later tile touches them. Overlapping tiles are
/// averaged with nnU-Net's Gaussian weights, mirror images (all flips of `mirror_axes`, turned back) and
/// members with equal ones. All members of a slab run before the next slab, so what is held is one sum of
/// [K, d, H, W] an answer, whatever D and the number of members. Where a GPU's memory does not suffice for a
/// batch, the batches from there on are half as large.
void slide_window(const Tensor& image, const std::vector<TileLogits>& members,
                  const std::vector<PlaneSink>& sinks, const WindowOptions& options);

}  // namespace tazuna
