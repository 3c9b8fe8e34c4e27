// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/ghosting.hpp"

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/ghosting") {
  DOCTEST_TEST_CASE("every n-th line of k-space but the central ones loses the drawn share, no other") {
    const std::array<int64_t, 3> size{18, 24, 21};
    for (int axis = 0; axis < 3; ++axis) {
      Sample sample = synthetic_sample(size);
      const Tensor noise = at::sin(at::arange(18 * 24 * 21, at::kFloat).square() * 0.37F);
      sample.image.voxels.add_(noise.view({1, 18, 24, 21}));
      const Tensor before = at::fft_fft(sample.image.voxels[0].to(at::kDouble), std::nullopt, axis);
      apply({1, 4, 10, 0.5, 1, 0.2}, {{{0, axis, 3, 0.75}}}, sample);
      const Tensor after = at::fft_fft(sample.image.voxels[0].to(at::kDouble), std::nullopt, axis);
      const int64_t length = size[axis];
      const auto strength = [&](int64_t line) {
        return (after.select(axis, line).norm() / before.select(axis, line).norm()).item<double>();
      };
      const double untouched = strength(1);  // mean and sd are put back by one scale for all
      for (int64_t line = 1; line < length; ++line) {
        const int64_t frequency = std::min(line, length - line);
        const bool loses = frequency % 3 == 0 && 10 * frequency > length;
        DOCTEST_CHECK(std::abs(strength(line) / untouched - (loses ? 0.25 : 1)) < 1e-3);
      }
    }
  }

  DOCTEST_TEST_CASE("a bright point gets faint copies at n-ths of the field of view and nowhere else") {
    Sample sample = synthetic_sample({1, 4, 32});
    sample.image.voxels.zero_();
    sample.image.voxels[0][0][1][5].fill_(1);
    apply({1, 4, 10, 0.5, 1, 0}, {{{0, 2, 4, 1}}}, sample);
    const Tensor row = (sample.image.voxels[0][0][1] - sample.image.voxels[0][0][0][0]).abs();
    for (int64_t x = 0; x < 32; ++x) {
      const double value = (row[x] / row[5]).item<double>();
      // The lines lost hold a comb of 1/4 each; the central line stays and lifts the whole row by 1/32.
      if (x == 5) continue;
      DOCTEST_CHECK((x % 8 == 5 ? value > 0.2 : value < 0.06));
    }
  }

  DOCTEST_TEST_CASE("number of copies, share and axis are drawn within their ranges") {
    const Sample sample = synthetic_sample({6, 40, 40});
    std::array<int64_t, 3> axes{};
    int64_t least = 100, most = 0;
    for (int64_t key = 0; key < 3000; ++key) {
      Random random{"ghosts", key};
      const GhostingDraw drawn = draw({1, 4, 10, 0.5, 1, 0.02}, random, sample);
      const auto& one = drawn.channels.at(0);
      ++axes.at(static_cast<size_t>(one.axis));
      least = std::min(least, one.ghosts);
      most = std::max(most, one.ghosts);
      DOCTEST_REQUIRE(one.loss >= 0.5);
      DOCTEST_REQUIRE(one.loss <= 1);
    }
    DOCTEST_CHECK(least == 4);
    DOCTEST_CHECK(most == 10);
    DOCTEST_CHECK(axes[0] == 0);  // never across a flat patch
    DOCTEST_CHECK(std::abs(axes[1] - 1500) < 150);
  }
}
