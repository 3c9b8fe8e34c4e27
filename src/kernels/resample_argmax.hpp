// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace tazuna {

/// Labels from logits on another grid in one pass, slab by slab: logits are resized linearly (edges aligned, edge
/// values repeated: skimage resize order 1) and the class of the greatest value is kept; ties go to the lower
/// class. Never holds more than `source` planes handed in and two planes of classes.
class ResampleArgmax {
 public:
  /// From source grid [D, H, W] to target grid [d, h, w].
  ResampleArgmax(int64_t classes, const std::array<int64_t, 3>& source, const std::array<int64_t, 3>& target);
  /// Source planes [K, n, H, W] fp32 that follow those already given.
  void add(const Tensor& planes);
  /// int16 [d, h, w]; an Error unless all source planes were given.
  Tensor finish();

 private:
  void emit(int64_t until);
  int64_t classes_;
  std::array<int64_t, 3> source_, target_;
  int64_t given_ = 0, done_ = 0;
  Tensor last_, labels_;
};

/// The reference in plain tensor operations, for tests: whole logits [K, D, H, W] -> int16 [d, h, w].
Tensor resample_argmax_reference(const Tensor& logits, const std::array<int64_t, 3>& target);

}  // namespace tazuna
