// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include "data/transforms/affine.hpp"

namespace tazuna {

/// cut_patch() in tensor operations on a device: only the box of voxels that the patch can reach goes there.
/// The case is on the CPU, the patch on the device. With an identity draw its voxels are the same, labels
/// always are, and intensities differ by rounding.
Sample cut_patch_on(at::Device device, const Sample& sample, const std::array<int64_t, 3>& patch,
                    const std::array<double, 3>& centre, const AffineDraw& affine);

}  // namespace tazuna
