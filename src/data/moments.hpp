// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tazuna {

/// Mean, population standard deviation and range of a set of values, summed in double in a fixed order, so
/// that they do not depend on the number of threads.
struct Moments {
  double mean = 0, sd = 0;
  float least = 0, most = 0;
  bool finite = true;  ///< false: a value is NaN or infinite, and the rest means nothing

  /// The standard deviation with n - 1 below.
  double sample_sd(int64_t count) const;
};

/// Moments of values that come in pieces: the same bits as those of all at once.
class MomentSums {
 public:
  /// Every piece but the last must be a multiple of this long.
  static constexpr size_t lanes = 8;

  MomentSums();
  void add(std::span<const float> values);
  /// All zero for no values.
  Moments moments() const;

 private:
  double sum_[lanes] = {}, squares_[lanes] = {};  // lane by lane, so that sums are taken side by side
  float least_[lanes], most_[lanes];
  uint64_t count_ = 0;
};

/// All zero for no values.
Moments moments_of(std::span<const float> values);

}  // namespace tazuna
