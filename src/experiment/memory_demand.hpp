// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "experiment/resolve.hpp"

namespace tazuna {

/// What decides how much memory a training step of patches asks for.
struct StepSizes {
  double voxels = 0;       ///< of all convolution outputs of one patch (data/planner_memory.hpp)
  double parameters = 0;   ///< of the network
  int64_t copies = 4;      ///< of the parameters: themselves, gradients, moments, averages
  double patch_bytes = 0;  ///< of one patch's image and label maps
  int64_t batches = 1;     ///< prepared ahead, and the one in work
  bool bf16 = false, gpu = false;
};

/// Bytes that a step of `batch` such patches asks for at its fullest, beside what the program already has: at
/// least, so that what fits is not refused. CPU: bytes per convolution output as measured on three networks
/// (docs/DECISIONS.md). GPU: nnU-Net's own reference, 8 GB for a batch of two with 680 million.
double step_memory(const StepSizes& sizes, int64_t batch);

/// The sizes of an experiment's steps; `patch`: as if its patch were this. None without a voxel task: only
/// whole views are in memory then, whose sizes differ from case to case.
std::optional<StepSizes> step_sizes(const Experiment& experiment, at::Device device,
                                    const std::array<int64_t, 3>& patch);

/// Refuses an experiment whose steps ask for more memory than is `free` (bytes), with the numbers and the
/// batch, or batch and patch, that would fit; with `any` it only warns.
void expect_memory(const Experiment& experiment, at::Device device, double free, bool any, Log& log);

}  // namespace tazuna
