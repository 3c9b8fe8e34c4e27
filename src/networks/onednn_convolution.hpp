// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"

namespace tazuna {

/// Whether ATen would compute a convolution of `input` [N, C, (D,) H, W] in loops of its own that take
/// several times as long as oneDNN, which it does for a single row of float on the CPU unless C * D * H (C *
/// H of slices) is above 20480. False under autocast, which changes the type, and where LibTorch has no
/// oneDNN.
bool is_slow_alone(const Tensor& input);

/// The convolution by oneDNN, whatever the size, with gradients: `input` [N, C, (D,) H, W] and `weight`
/// [out, C, (d,) h, w], float on the CPU; `bias` [out] or undefined; `stride` and `padding` of each axis in
/// space. Has no second derivatives.
Tensor onednn_convolution(const Tensor& input, const Tensor& weight, const Tensor& bias,
                          at::IntArrayRef stride, at::IntArrayRef padding);

/// The same of a transposed convolution without padding; `weight` [C, out, (d,) h, w].
Tensor onednn_transposed(const Tensor& input, const Tensor& weight, const Tensor& bias,
                         at::IntArrayRef stride);

}  // namespace tazuna
