// SPDX-License-Identifier: Apache-2.0
#include "data/moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tazuna {
namespace {

constexpr size_t lanes = 8;  // independent sums let the compiler use vector instructions

}  // namespace

double Moments::sample_sd(int64_t count) const {
  if (count < 2) return 0;
  return sd * std::sqrt(static_cast<double>(count) / static_cast<double>(count - 1));
}

Moments moments_of(std::span<const float> values) {
  if (values.empty()) return {};
  double sum[lanes] = {}, squares[lanes] = {};
  float least[lanes], most[lanes];
  std::fill(least, least + lanes, std::numeric_limits<float>::infinity());
  std::fill(most, most + lanes, -std::numeric_limits<float>::infinity());
  const auto take = [&](size_t lane, float value) {
    sum[lane] += value;
    squares[lane] += double{value} * value;
    least[lane] = value < least[lane] ? value : least[lane];
    most[lane] = value > most[lane] ? value : most[lane];
  };
  const size_t whole = values.size() / lanes * lanes;
  for (size_t i = 0; i < whole; i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane) take(lane, values[i + lane]);
  }
  for (size_t i = whole; i < values.size(); ++i) take(i - whole, values[i]);

  double total = 0, total_squares = 0;
  for (size_t lane = 0; lane < lanes; ++lane) {
    total += sum[lane];
    total_squares += squares[lane];
  }
  const auto count = static_cast<double>(values.size());
  Moments moments;
  moments.mean = total / count;
  moments.sd = std::sqrt(std::max(0.0, total_squares / count - moments.mean * moments.mean));
  moments.least = *std::min_element(least, least + lanes);
  moments.most = *std::max_element(most, most + lanes);
  moments.finite = std::isfinite(total_squares);
  return moments;
}

}  // namespace tazuna
