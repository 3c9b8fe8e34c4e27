// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <array>

#include "data/sample.hpp"

namespace tazuna {

/// The first voxel of the box of `size` whose centre is nearest to a place in voxel indices.
std::array<int64_t, 3> start_about(const std::array<double, 3>& centre, const std::array<int64_t, 3>& size);

/// Copies a box of voxels out of a case, zero where it lies outside; `page_locked`: into memory that a GPU
/// reads by itself. The box keeps the case's spacing and orientation.
Sample cut_box(const Sample& sample, const std::array<int64_t, 3>& start, const std::array<int64_t, 3>& size,
               bool page_locked = false);

/// An Error unless the image is contiguous float32 on the CPU and every map contiguous int16 on its grid.
void expect_cuttable(const Sample& sample);

/// Takes image and maps to a device, on its current stream; `present` stays on the CPU.
void move_to(at::Device device, Sample& sample);

}  // namespace tazuna
