// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tazuna {

/// Where the class shares of a volume of voxels (z, y, x) go: that of class k to
/// shares[k * next_class + z * next[0] + y * next[1] + x * next[2]], the entropy likewise without a class.
/// Steps may be negative: an axis is mirrored then. What is null is not made.
struct SharePlaces {
  float* shares = nullptr;   ///< softmax, sum 1
  float* entropy = nullptr;  ///< of the shares, normalised: -sum p log p / log K, 0 (sure) to 1; 0 for K = 1
  int64_t next_class = 0;
  std::array<int64_t, 3> next{};
  bool any() const { return shares || entropy; }
};

/// The softmax over classes along one row of voxels. A share is right to about three units in the last place,
/// 0 where its logit is some 88 below the greatest. Shares have the same bits on every processor.
class ShareRow {
 public:
  /// Of nothing, and without memory, where `places` ask for nothing.
  ShareRow(int64_t classes, int64_t width, const SharePlaces& places);
  /// The logits of class k, to be filled in.
  float* logits(int64_t k) { return values_.data() + k * width_; }
  /// Stores the row (z, y), of whose logits the greatest is `greatest` [width]. The logits are used up.
  void store(const float* greatest, int64_t z, int64_t y);

 private:
  int64_t classes_, width_;
  SharePlaces places_;
  std::vector<float> values_, sum_, weighted_;
};

}  // namespace tazuna
