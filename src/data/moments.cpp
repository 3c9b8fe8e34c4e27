// SPDX-License-Identifier: Apache-2.0
#include "data/moments.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/wide.hpp"

namespace tazuna {
namespace {

constexpr size_t lanes = MomentSums::lanes;

/// Half of the lanes in vectors: compilers do not find out by themselves that sums may stay in registers.
struct HalfOfLanes {
  static constexpr size_t size = lanes / 2;
  using Floats = float __attribute__((vector_size(size * sizeof(float))));
  using Doubles = double __attribute__((vector_size(size * sizeof(double))));

  [[gnu::always_inline]] HalfOfLanes(const double* sums, const double* squares, const float* least,
                                     const float* most) {
    std::memcpy(&sum, sums, sizeof sum);
    std::memcpy(&square, squares, sizeof square);
    std::memcpy(&low, least, sizeof low);
    std::memcpy(&high, most, sizeof high);
  }
  [[gnu::always_inline]] void take(const float* values) {
    Floats value;
    std::memcpy(&value, values, sizeof value);
    const Doubles exact = __builtin_convertvector(value, Doubles);
    sum += exact;
    square += exact * exact;
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  [[gnu::always_inline]] void store(double* sums, double* squares, float* least, float* most) const {
    std::memcpy(sums, &sum, sizeof sum);
    std::memcpy(squares, &square, sizeof square);
    std::memcpy(least, &low, sizeof low);
    std::memcpy(most, &high, sizeof high);
  }

  Doubles sum, square;
  Floats low, high;
};

/// Adds `count` values, a multiple of the lanes, to sums[lanes] and the others.
TAZUNA_WIDE void add_lanes(const float* values, size_t count, double* sums, double* squares, float* least,
                           float* most) {
  constexpr size_t half = HalfOfLanes::size;
  HalfOfLanes one(sums, squares, least, most), two(sums + half, squares + half, least + half, most + half);
  for (size_t i = 0; i < count; i += lanes) {
    one.take(values + i);
    two.take(values + i + half);
  }
  one.store(sums, squares, least, most);
  two.store(sums + half, squares + half, least + half, most + half);
}

}  // namespace

double Moments::sample_sd(int64_t count) const {
  if (count < 2) return 0;
  return sd * std::sqrt(static_cast<double>(count) / static_cast<double>(count - 1));
}

MomentSums::MomentSums() {
  std::fill(least_, least_ + lanes, std::numeric_limits<float>::infinity());
  std::fill(most_, most_ + lanes, -std::numeric_limits<float>::infinity());
}

void MomentSums::add(std::span<const float> values) {
  const size_t whole = values.size() / lanes * lanes;
  add_lanes(values.data(), whole, sum_, squares_, least_, most_);
  for (size_t i = whole; i < values.size(); ++i) {
    const size_t lane = i - whole;
    const float value = values[i];
    sum_[lane] += value;
    squares_[lane] += double{value} * value;
    least_[lane] = value < least_[lane] ? value : least_[lane];
    most_[lane] = value > most_[lane] ? value : most_[lane];
  }
  count_ += values.size();
}

Moments MomentSums::moments() const {
  if (count_ == 0) return {};
  double total = 0, total_squares = 0;
  for (size_t lane = 0; lane < lanes; ++lane) {
    total += sum_[lane];
    total_squares += squares_[lane];
  }
  const auto count = static_cast<double>(count_);
  Moments moments;
  moments.mean = total / count;
  moments.sd = std::sqrt(std::max(0.0, total_squares / count - moments.mean * moments.mean));
  moments.least = *std::min_element(least_, least_ + lanes);
  moments.most = *std::max_element(most_, most_ + lanes);
  moments.finite = std::isfinite(total_squares);
  return moments;
}

Moments moments_of(std::span<const float> values) {
  MomentSums sums;
  sums.add(values);
  return sums.moments();
}

}  // namespace tazuna
