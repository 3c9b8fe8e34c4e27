// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "core/tensor.hpp"

namespace tazuna {

/// A convolution layer whose weights can be packed: brought into the order in which oneDNN computes, once
/// instead of in every call.
class Packable {
 public:
  virtual ~Packable() = default;

 protected:
  /// The convolution of `input` [N, in, D, H, W] on the CPU by packed weights, in the type that autocast asks
  /// for, channels last; undefined where the layer is not packed (PackedWeights) or has to run as ever:
  /// gradients are recorded, another device, another type than float or bfloat16. `stride` and `padding` of
  /// each axis in space.
  Tensor packed(const Tensor& input, const Tensor& weight, const Tensor& bias, at::IntArrayRef stride,
                at::IntArrayRef padding);
  /// The same of a transposed convolution without padding; `weight` [in, out, d, h, w].
  Tensor packed_transposed(const Tensor& input, const Tensor& weight, const Tensor& bias,
                           at::IntArrayRef stride);

 private:
  friend class PackedWeights;
  struct Packs;
  std::shared_ptr<Packs> packs_;  // null: not packed
};

/// While it lives, the convolutions of a network on the CPU answer with packed weights, which are made at the
/// first use with each type and grid. The weights must not change meanwhile. Answers are equal but for the
/// order of sums. One inside another's life adds nothing.
class PackedWeights {
 public:
  explicit PackedWeights(const torch::nn::Module& network);
  ~PackedWeights();
  PackedWeights(PackedWeights&&) = default;

 private:
  std::vector<std::shared_ptr<torch::nn::Module>> layers_;  // those that this one packs
};

}  // namespace tazuna
