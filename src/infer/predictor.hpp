// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "data/sample.hpp"
#include "tasks/task.hpp"

namespace tazuna {

class Model;  // tasks/model.hpp

struct WindowOptions {
  std::vector<int64_t> patch;        ///< tile
  double step = 0.5;                 ///< share of the tile between neighbours (at most)
  int64_t tiles = 4;                 ///< tiles run as one batch
  std::vector<int64_t> mirror_axes;  ///< averaged over all flips of these axes; empty: none
  bool bf16 = false;                 ///< autocast
  bool probabilities = false;        ///< VoxelField besides the LabelMap
};

/// nnU-Net's tile positions along one axis: steps evenly spread, at most tile * step apart.
std::vector<int64_t> window_starts(int64_t size, int64_t tile, double step);

/// The answers of one prepared case: for each task its predictions (a voxel task: LabelMap, and VoxelField if
/// asked). Members of an ensemble are averaged in their logits before the readout. The case is padded to the
/// tile evenly with zeros where it is smaller; windows advance in slabs along axis 0 and a finished slab goes
/// to each task's Readout, so memory is members x classes x slab. Runs without autograd, in eval mode.
std::vector<std::vector<Prediction>> predict_case(const std::vector<Model*>& members, const Sample& sample,
                                                  const WindowOptions& options, at::Device device);

}  // namespace tazuna
