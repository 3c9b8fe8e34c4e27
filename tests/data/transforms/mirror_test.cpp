// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/mirror.hpp"

#include "core/error.hpp"
#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/mirror") {
  DOCTEST_TEST_CASE("a sample mirrored twice is itself, and image and labels move together") {
    const Sample original = synthetic_sample({5, 6, 7});
    for (const MirrorDraw& drawn : {MirrorDraw{{true, false, false}}, MirrorDraw{{true, true, true}}}) {
      Sample sample = original;
      apply(MirrorOptions{}, drawn, sample);
      DOCTEST_CHECK(!sample.image.voxels.equal(original.image.voxels));
      DOCTEST_CHECK(sample.maps.at("label").voxels.equal(labels_of(sample.image.voxels)));
      apply(MirrorOptions{}, drawn, sample);
      DOCTEST_CHECK(sample.image.voxels.equal(original.image.voxels));
    }
  }

  DOCTEST_TEST_CASE("only allowed axes are flipped, each half of the time") {
    const Sample sample = synthetic_sample({2, 2, 2});
    MirrorOptions options;
    options.axes = {0, 1};
    std::array<int64_t, 3> flipped{};
    for (int64_t i = 0; i < 4000; ++i) {
      Random random{"mirror", i};
      const MirrorDraw drawn = draw(options, random, sample);
      for (int axis = 0; axis < 3; ++axis) flipped[axis] += drawn.flip[axis];
    }
    DOCTEST_CHECK(std::abs(flipped[0] - 2000) < 150);
    DOCTEST_CHECK(std::abs(flipped[1] - 2000) < 150);
    DOCTEST_CHECK(flipped[2] == 0);
  }

  DOCTEST_TEST_CASE("an axis that does not exist is refused") {
    MirrorOptions options;
    options.axes = {3};
    Random random{"mirror"};
    DOCTEST_CHECK_THROWS_AS(draw(options, random, synthetic_sample({2, 2, 2})), Error);
  }
}
