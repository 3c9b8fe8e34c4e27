// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one door to tensors for headers: slim, no operators. Letters used in all shape comments: N batch,
// C channels, K classes, T frames, D H W space (z, y, x).
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace tazuna {

using at::Tensor;

/// "2x1x40x56x40".
std::string shape_text(at::IntArrayRef sizes);

/// An Error "<name>: expected a tensor of 5 axes (N, C, D, H, W), but got 2x1x40" unless dim() == axes.
void expect_axes(const Tensor& tensor, const char* name, int64_t axes, const char* letters);

}  // namespace tazuna
