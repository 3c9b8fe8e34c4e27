// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/motion.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A head in air: nothing near the borders.
Sample head(const std::array<int64_t, 3>& size) {
  Sample sample = synthetic_sample(size);
  Tensor inside = at::zeros_like(sample.image.voxels);
  inside.slice(1, 4, -4).slice(2, 4, -4).slice(3, 4, -4).fill_(1);
  sample.image.voxels.add_(5).mul_(inside);
  return sample;
}

MotionDraw::Place shifted(double begin, double end, const std::array<double, 3>& shift) {
  MotionDraw::Place place{begin, end, {}, shift};
  place.turn.identity = false;
  return place;
}

Sample after(const Sample& sample, const MotionDraw& drawn) {
  Sample moved = sample;
  moved.image.voxels = sample.image.voxels.clone();
  apply(MotionOptions{}, drawn, moved);
  return moved;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/motion") {
  DOCTEST_TEST_CASE("a head that stays where it is is seen as it is") {
    const Sample sample = head({20, 21, 22});
    DOCTEST_CHECK(largest_difference(after(sample, {{{0, 1, {}}}}).image.voxels, sample.image.voxels) < 1e-4);
    const MotionDraw still{{{0, 2, {shifted(0, 0.4, {0, 0, 0}), shifted(0.6, 1, {0, 0, 0})}}}};
    DOCTEST_CHECK(largest_difference(after(sample, still).image.voxels, sample.image.voxels) < 1e-4);
  }

  DOCTEST_TEST_CASE("a head elsewhere during the whole acquisition is the head elsewhere") {
    const Sample sample = head({20, 21, 22});
    const MotionDraw away{{{0, 0, {shifted(0, 1, {2, -3, 1})}}}};
    // What is seen at a place is what lies `shift` further on.
    const Tensor expected = at::roll(sample.image.voxels, {-2, 3, -1}, {1, 2, 3});
    DOCTEST_CHECK(largest_difference(after(sample, away).image.voxels, expected) < 1e-3);
  }

  DOCTEST_TEST_CASE("lines of k-space belong to the place where the head was when they were acquired") {
    const Sample sample = head({16, 18, 20});
    const MotionDraw late{{{0, 1, {shifted(0.75, 1, {1, 2, 3})}}}};
    const Tensor here = at::fft_fft(sample.image.voxels[0], std::nullopt, 1);
    const Tensor there =
        at::fft_fft(at::roll(sample.image.voxels, {-1, -2, -3}, {1, 2, 3})[0], std::nullopt, 1);
    Tensor lines = here.clone();
    for (int64_t line = 5; line < 9; ++line) lines.select(1, line).copy_(there.select(1, line));  // +5/18 on
    Tensor expected = at::fft_ifft(lines, std::nullopt, 1).abs();
    const Tensor was = sample.image.voxels[0];
    expected = (expected - expected.mean()) / expected.std() * was.std() + was.mean();
    DOCTEST_CHECK(largest_difference(after(sample, late).image.voxels[0], expected) < 1e-3);
  }

  DOCTEST_TEST_CASE("the centre of k-space is never acquired from a moved head; moves are in their ranges") {
    Sample sample = head({24, 24, 24});
    sample.image.geometry.spacing = {1, 1, 2};
    for (int64_t key = 0; key < 500; ++key) {
      Random random{"motion", key};
      const MotionOptions options{1, 3, 8, 6};
      const MotionDraw drawn = draw(options, random, sample);
      const auto& places = drawn.channels.at(0).places;
      DOCTEST_REQUIRE(places.size() == 3);
      for (const auto& place : places) {
        DOCTEST_REQUIRE_FALSE((place.begin <= 0.5 && 0.5 < place.end));
        DOCTEST_REQUIRE(place.begin <= place.end);
        for (int axis = 0; axis < 3; ++axis)
          DOCTEST_REQUIRE(std::abs(place.shift[axis]) <= (axis == 2 ? 3 : 6));
        // The turn is rigid in millimetres: lengths stay what they are.
        const auto& m = place.turn.matrix;
        for (int column = 0; column < 3; ++column) {
          double length = 0;
          for (int row = 0; row < 3; ++row)
            length += std::pow(m[3 * row + column] * sample.image.geometry.spacing[row], 2);
          DOCTEST_REQUIRE(std::abs(std::sqrt(length) - sample.image.geometry.spacing[column]) < 1e-9);
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a flat patch moves in its plane") {
    const Sample sample = synthetic_sample({1, 30, 30});
    for (int64_t key = 0; key < 100; ++key) {
      Random random{"flat", key};
      for (const auto& place : draw({1, 2, 10, 10}, random, sample).channels.at(0).places) {
        DOCTEST_REQUIRE(place.shift[0] == 0);
        DOCTEST_REQUIRE(place.turn.matrix[0] == 1);
        DOCTEST_REQUIRE(place.turn.matrix[1] == 0);
        DOCTEST_REQUIRE(place.turn.matrix[3] == 0);
      }
    }
  }
}
