// SPDX-License-Identifier: Apache-2.0
#include "data/planner_memory.hpp"

#include <algorithm>

namespace tazuna {
namespace {

int64_t product(const Triple& size) {
  return size[0] * size[1] * size[2];
}

}  // namespace

int64_t convolution_voxels(const TrunkSizes& sizes, const Triple& patch) {
  Triple size = patch;
  std::vector<int64_t> voxels;  // of one feature map, a stage
  for (const Triple& stride : sizes.strides) {
    for (size_t axis = 0; axis < 3; ++axis) size[axis] /= stride[axis];
    voxels.push_back(product(size));
  }
  int64_t encoder = sizes.residual ? sizes.widths[0] * product(patch) : 0;  // the stem
  int64_t stage_outputs = 0, entering = sizes.widths[0];
  for (size_t stage = 0; stage < voxels.size(); ++stage) {
    const int64_t map = sizes.widths[stage] * voxels[stage];
    const bool projected = entering != sizes.widths[stage] || product(sizes.strides[stage]) > 1;
    encoder +=
        sizes.residual ? map * (2 * sizes.blocks[stage] + (projected ? 1 : 0)) : map * sizes.blocks[stage];
    stage_outputs += map;
    entering = sizes.widths[stage];
  }
  int64_t sum = encoder * std::min(sizes.frames, sizes.frame_chunk);
  if (sizes.frames > sizes.frame_chunk) sum += stage_outputs * sizes.frames;
  if (!sizes.decoder) return sum;
  for (size_t step = 0; step + 1 < voxels.size(); ++step) {
    const size_t stage = voxels.size() - 2 - step;
    sum += sizes.widths[stage] * voxels[stage] * (sizes.decoder_blocks[step] + 1);  // and the transposed one
    if (stage == 0) sum += sizes.classes * voxels[stage];
  }
  return sum;
}

MemoryReference memory_reference(bool residual, bool flat, double memory_gb) {
  MemoryReference reference;
  reference.voxels = (residual ? (flat ? 135e6 : 680e6) : (flat ? 85e6 : 560e6)) * (memory_gb / 8);
  reference.batch = flat ? 12 : 2;
  // ResEncUNetPlanner compares without turning the reference's batch of 12 into two.
  reference.shrink_batch = residual ? reference.batch : 2;
  return reference;
}

}  // namespace tazuna
