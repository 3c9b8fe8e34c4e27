// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/cubic_row.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/wide.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;
using Four = float __attribute__((vector_size(4 * sizeof(float))));

/// Four voxels around a place along one axis.
struct Taps {
  int64_t first;
  Four weight;
};

[[gnu::always_inline]] inline Four four_at(const float* from) {
  Four values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

[[gnu::always_inline]] inline Taps taps_at(float place) {
  auto below = static_cast<int32_t>(place);
  if (place < static_cast<float>(below)) --below;
  const float t = place - static_cast<float>(below);
  Four weight = four_at(cubic_powers[3].data());
  for (int power = 2; power >= 0; --power) weight = weight * t + four_at(cubic_powers[power].data());
  return {below - 1, weight};
}

/// The sum over 4x4x4 voxels, those along x side by side.
[[gnu::always_inline]] inline float mixed(const float* block, int64_t plane, int64_t line, const Taps* taps) {
  Four sum{};
  for (int y = 0; y < 4; ++y) {
    Four along_z{};
    for (int z = 0; z < 4; ++z) along_z += taps[0].weight[z] * four_at(block + z * plane + y * line);
    sum += taps[1].weight[y] * along_z;
  }
  sum *= taps[2].weight;
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// The 4x4x4 voxels where they reach over the border, some of which lie inside.
void copy_block(const float* image, const Size& size, const Taps* taps, float* block) {
  std::fill_n(block, 64, 0.0F);
  Size low, high;
  for (int axis = 0; axis < 3; ++axis) {
    low[axis] = std::max<int64_t>(0, -taps[axis].first);
    high[axis] = std::min<int64_t>(4, size[axis] - taps[axis].first);
  }
  for (int64_t z = low[0]; z < high[0]; ++z) {
    for (int64_t y = low[1]; y < high[1]; ++y) {
      const float* from = image + ((taps[0].first + z) * size[1] + taps[1].first + y) * size[2];
      for (int64_t x = low[2]; x < high[2]; ++x) block[(z * 4 + y) * 4 + x] = from[taps[2].first + x];
    }
  }
}

TAZUNA_WIDE void mix_row(const float* image, const Size& size, const PlaceRow& row, int64_t count,
                         float* values) {
  const int64_t line = size[2], plane = size[1] * size[2];
  float block[64];
  for (int64_t i = 0; i < count; ++i) {
    Taps taps[3];
    bool inside = true, outside = false;
    for (int axis = 0; axis < 3; ++axis) {
      const float place = row.at(axis, i);
      outside = !(place > -2 && place < static_cast<float>(size[axis] + 1));
      if (outside) break;
      taps[axis] = taps_at(place);
      inside = inside && taps[axis].first >= 0 && taps[axis].first + 4 <= size[axis];
    }
    if (outside) {
      values[i] = 0;
    } else if (inside) {
      values[i] =
          mixed(image + taps[0].first * plane + taps[1].first * line + taps[2].first, plane, line, taps);
    } else {
      copy_block(image, size, taps, block);
      values[i] = mixed(block, 16, 4, taps);
    }
  }
}

}  // namespace

void cubic_row(const float* image, const std::array<int64_t, 3>& size, const PlaceRow& row, int64_t count,
               float* values) {
  mix_row(image, size, row, count, values);
}

}  // namespace tazuna
