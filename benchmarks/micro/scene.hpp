// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna::benchmarks {

/// The U-Net that all sides compute: two convolutions of 3x3x3 a stage, each with instance norm and
/// LeakyReLU(0.01), a stride of 2 between stages, transposed convolutions up, a 1x1x1 head on the finest
/// level. The sizes are those of the targets P3 to P6.
struct UnetShape {
  int64_t channels = 1, classes = 3;
  std::vector<int64_t> widths{16, 32, 64, 128};
};

/// Random voxels with something to learn from.
struct Scene {
  Tensor image;   ///< [N, C, D, H, W] float32
  Tensor labels;  ///< [N, D, H, W] int64, blocks of 0 .. K - 1
};
Scene random_scene(const UnetShape& shape, int64_t rows, const std::array<int64_t, 3>& size);

}  // namespace tazuna::benchmarks
