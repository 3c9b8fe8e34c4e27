// SPDX-License-Identifier: Apache-2.0
#include "kernels/share_row.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/wide.hpp"

namespace tazuna {

namespace {

constexpr float least = -88.0F;  // whose exponential is 0 here

/// exp(x) of least <= x <= 0: x = n ln 2 + r with |r| <= ln 2 / 2, then the series of exp(r). NaN stays NaN.
/// Without a branch or a conversion, so that loops of it become vectors.
inline float exponential(float x) {
  constexpr float unit_bits = 12582912.0F;  // 1.5 * 2^23: beside it the last bit of a float is worth 1
  const float shifted = x * 1.44269504F + unit_bits;
  const int32_t n = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(unit_bits);
  const float whole = shifted - unit_bits;
  // The first of the two parts of ln 2 has so few bits that n times it is exact.
  const float r = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  float series = 1.0F / 5040;
  series = series * r + 1.0F / 720;
  series = series * r + 1.0F / 120;
  series = series * r + 1.0F / 24;
  series = series * r + 1.0F / 6;
  series = series * r + 0.5F;
  series = series * r * r + r;  // small beside the 1 that follows, so that its rounding hardly counts
  return std::bit_cast<float>((n + 127) << 23) * (1 + series);  // n = -127 makes 0
}

/// value = value - greatest, but at least `least`; a loop of its own, since with it the next has a branch.
TAZUNA_WIDE void subtract(float* value, const float* greatest, int64_t width) {
  for (int64_t x = 0; x < width; ++x) {
    const float below = value[x] - greatest[x];
    value[x] = below < least ? least : below;
  }
}

/// value = e = exp(value); sum += e; weighted += e * value.
TAZUNA_WIDE void add_exponentials(float* value, int64_t width, float* sum, float* weighted) {
  for (int64_t x = 0; x < width; ++x) {
    const float below = value[x], e = exponential(below);
    value[x] = e;
    sum[x] += e;
    weighted[x] += e * below;
  }
}

TAZUNA_WIDE void divide(float* value, const float* sum, int64_t width) {
  for (int64_t x = 0; x < width; ++x) value[x] /= sum[x];
}

void put(const float* row, int64_t width, float* out, int64_t next) {
  if (next == 1) {
    std::copy_n(row, width, out);
  } else {
    for (int64_t x = 0; x < width; ++x) out[x * next] = row[x];
  }
}

}  // namespace

ShareRow::ShareRow(int64_t classes, int64_t width, const SharePlaces& places)
    : classes_(classes), width_(width), places_(places) {
  if (!places.any()) return;
  values_.resize(classes * width);
  sum_.resize(width);
  weighted_.resize(width);
}

void ShareRow::store(const float* greatest, int64_t z, int64_t y) {
  std::ranges::fill(sum_, 0.0F);
  std::ranges::fill(weighted_, 0.0F);
  for (int64_t k = 0; k < classes_; ++k) {
    subtract(logits(k), greatest, width_);
    add_exponentials(logits(k), width_, sum_.data(), weighted_.data());
  }
  const int64_t start = z * places_.next[0] + y * places_.next[1];
  for (int64_t k = 0; places_.shares && k < classes_; ++k) {
    divide(logits(k), sum_.data(), width_);
    put(logits(k), width_, places_.shares + k * places_.next_class + start, places_.next[2]);
  }
  if (!places_.entropy) return;
  // With e_k = exp(z_k) and S their sum, -sum (e_k / S) log(e_k / S) = log S - sum e_k z_k / S: no term is
  // below 0, so that nothing cancels where a voxel is sure.
  const float scale = classes_ > 1 ? 1 / std::log(static_cast<float>(classes_)) : 0.0F;
  for (int64_t x = 0; x < width_; ++x)
    sum_[x] = std::clamp((std::log(sum_[x]) - weighted_[x] / sum_[x]) * scale, 0.0F, 1.0F);
  put(sum_.data(), width_, places_.entropy + start, places_.next[2]);
}

}  // namespace tazuna
