// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace tazuna {

/// Where voxel centre `i` of a resized axis lies on the original one (in voxels, edges aligned).
inline double source_position(int64_t i, int64_t from, int64_t to) {
  return static_cast<double>(from) / static_cast<double>(to) * (static_cast<double>(i) + 0.5) - 0.5;
}

inline int64_t nearest_source(int64_t i, int64_t from, int64_t to) {
  const auto index = static_cast<int64_t>(std::floor(source_position(i, from, to) + 0.5));
  return std::clamp<int64_t>(index, 0, from - 1);
}

/// The two original voxels that a linearly resized voxel mixes, with the weight of the upper one.
struct LinearTap {
  int64_t low, high;
  double share;  ///< of `high`, in [0, 1)
};

inline std::vector<LinearTap> linear_taps(int64_t from, int64_t to) {
  std::vector<LinearTap> taps(to);
  for (int64_t i = 0; i < to; ++i) {
    const double position = std::clamp(source_position(i, from, to), 0.0, static_cast<double>(from - 1));
    const auto low = static_cast<int64_t>(position);
    taps[i] = {low, std::min(low + 1, from - 1), position - static_cast<double>(low)};
  }
  return taps;
}

/// The same of an axis along which the nearest voxel is taken alone.
inline std::vector<LinearTap> nearest_taps(int64_t from, int64_t to) {
  std::vector<LinearTap> taps(to);
  for (int64_t i = 0; i < to; ++i) {
    const int64_t nearest = nearest_source(i, from, to);
    taps[i] = {nearest, nearest, 0};
  }
  return taps;
}

/// Four consecutive B-spline coefficients from `first` on (possibly outside the axis) and their weights.
struct CubicTap {
  int64_t first;
  std::array<float, 4> weights;
};

inline std::vector<CubicTap> cubic_taps(int64_t from, int64_t to) {
  std::vector<CubicTap> taps(to);
  for (int64_t i = 0; i < to; ++i) {
    const double position = source_position(i, from, to);
    const double base = std::floor(position), t = position - base, u = 1 - t;
    taps[i] = {static_cast<int64_t>(base) - 1,
               {static_cast<float>(u * u * u / 6), static_cast<float>((4 - 6 * t * t + 3 * t * t * t) / 6),
                static_cast<float>((4 - 6 * u * u + 3 * u * u * u) / 6), static_cast<float>(t * t * t / 6)}};
  }
  return taps;
}

}  // namespace tazuna
