// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/tensor.hpp"

namespace tazuna {

/// [N, C, D, H, W] with the channels of a voxel side by side in memory, which convolutions and the fused norm
/// keep from there on. On the CPU it saves oneDNN's reordering around convolutions whose width is no multiple
/// of 16 and costs nothing elsewhere (docs/BENCHMARKS.md); on a GPU it is what cuDNN's tensor cores read.
/// Differentiable.
Tensor channels_last(const Tensor& image);

/// The image as `TrunkShape::layout` wants features to lie: `contiguous`, or else channels_last(). The layers
/// keep the layout that they are given.
Tensor laid_out(const Tensor& image, const std::string& layout);

}  // namespace tazuna
