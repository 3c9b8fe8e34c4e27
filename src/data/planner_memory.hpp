// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

/// The sizes of a U-Net that decide its memory.
struct TrunkSizes {
  bool residual = true;
  std::vector<int64_t> widths, blocks, decoder_blocks;  ///< as in TrunkShape
  std::vector<Triple> strides;
  int64_t classes = 2;  ///< background included
  bool decoder = true;  ///< whether it runs
  /// Of a series: the frames of a window, and how many are encoded at once.
  int64_t frames = 1, frame_chunk = 1;
};

/// Voxels of all convolution outputs of one patch, the unit of nnU-Net's memory model
/// (dynamic-network-architectures' compute_conv_feature_map_size, without deep supervision). Of a series
/// those of one chunk of frames in the encoder, the stage outputs of all frames if there are more, and those
/// of the decoder, which reads them pooled over time.
int64_t convolution_voxels(const TrunkSizes& sizes, const Triple& patch);

/// What nnU-Net's planners compare that number with.
struct MemoryReference {
  double voxels = 0;        ///< allowed for one patch
  double batch = 2;         ///< the batch that this number stands for
  double shrink_batch = 2;  ///< the batch for which a patch must fit
};
/// plain: ExperimentPlanner (560e6 at batch 2 in 3D, 85e6 at batch 12 in 2D, for 8 GB); residual:
/// ResEncUNetPlanner (680e6, 135e6).
MemoryReference memory_reference(bool residual, bool flat, double memory_gb);

}  // namespace tazuna
