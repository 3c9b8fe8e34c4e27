// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/tensor.hpp"
#include "kernels/share_row.hpp"

namespace tazuna {

/// Where each sample of a resized axis lies between two source samples.
struct LinearAxis {
  std::vector<int32_t> low, high;  ///< source indices below and above; equal at the far end
  std::vector<float> weight;       ///< of `high`; that of `low` is the rest to 1
};
/// Edges aligned: source position = (i + 0.5) * source / target - 0.5, clamped to the axis.
LinearAxis linear_axis(int64_t source, int64_t target);

/// Labels from logits on another grid in one pass, slab by slab: logits are resized linearly (edges aligned,
/// edge values repeated: skimage resize order 1) and the class of the greatest value is kept; ties go to the
/// lower class. Shares of the classes (the softmax of the resized logits) and their entropy are made in the
/// same pass where there are places for them; the labels have the same bits with and without. All results
/// have the same bits however the planes are cut into slabs and whatever the number of threads. Beside the
/// planes handed in it holds the labels and one source plane. With shares all work is done on the CPU.
class ResampleArgmax {
 public:
  /// From source grid [D, H, W] to target grid [d, h, w]. `shares`: places of the voxels of the target grid,
  /// which must outlive this.
  ResampleArgmax(int64_t classes, const std::array<int64_t, 3>& source, const std::array<int64_t, 3>& target,
                 const SharePlaces& shares = {});
  /// Source planes [K, n, H, W] fp32 that follow those already given, on the CPU or a GPU.
  void add(const Tensor& planes);
  /// int16 [d, h, w] on the CPU; an Error unless all source planes were given.
  Tensor finish();

 private:
  void label_aligned(const Tensor& planes);
  void label_between(const Tensor& planes, int64_t end);  ///< of target planes: done_ … end - 1
  int64_t classes_;
  std::array<int64_t, 3> source_, target_;
  SharePlaces shares_;
  std::array<LinearAxis, 3> axes_;
  int64_t given_ = 0, done_ = 0;  ///< source planes taken, target planes labelled
  Tensor last_;                   ///< [K, 1, H, W], the last source plane taken
  Tensor labels_;
};

/// The references in plain tensor operations, for tests: whole logits [K, D, H, W] -> int16 [d, h, w] and
/// shares [K, d, h, w]; shares -> normalised entropy [d, h, w].
Tensor resample_argmax_reference(const Tensor& logits, const std::array<int64_t, 3>& target);
Tensor resample_shares_reference(const Tensor& logits, const std::array<int64_t, 3>& target);
Tensor normalised_entropy_reference(const Tensor& shares);

}  // namespace tazuna
