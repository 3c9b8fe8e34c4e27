// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/box.hpp"

#include "core/error.hpp"
#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/box") {
  DOCTEST_TEST_CASE("a box holds the case's voxels, and zeros where it lies outside") {
    const Sample sample = synthetic_sample({5, 6, 7}, 2);
    const auto padded = [](const Volume& volume) {
      return at::constant_pad_nd(volume.voxels, {9, 9, 9, 9, 9, 9});
    };
    const std::array<int64_t, 3> size{4, 5, 3};
    for (int64_t z = -9; z < 9; z += 3) {
      for (int64_t y = -7; y < 9; y += 2) {
        for (const int64_t x : {-9, -2, 0, 3, 5, 8}) {
          const Sample box = cut_box(sample, {z, y, x}, size);
          const auto expected = [&](const Volume& volume) {
            return padded(volume).narrow(1, 9 + z, 4).narrow(2, 9 + y, 5).narrow(3, 9 + x, 3);
          };
          DOCTEST_CHECK(box.image.voxels.equal(expected(sample.image)));
          DOCTEST_CHECK(box.maps.at("label").voxels.equal(expected(sample.maps.at("label"))));
          DOCTEST_CHECK(box.image.geometry.size == size);
        }
      }
    }
  }

  DOCTEST_TEST_CASE("a box begins where its middle is nearest to the centre") {
    DOCTEST_CHECK(start_about({2, 2.5, 2.4}, {3, 2, 1}) == std::array<int64_t, 3>{1, 2, 2});
    DOCTEST_CHECK(start_about({-3, 0.4, 9.6}, {3, 3, 3}) == std::array<int64_t, 3>{-4, -1, 9});
  }

  DOCTEST_TEST_CASE("an image that is not contiguous is no case to cut from") {
    Sample sample = synthetic_sample({4, 4, 4});
    sample.image.voxels = sample.image.voxels.transpose(2, 3);
    DOCTEST_CHECK_THROWS_AS(cut_box(sample, {0, 0, 0}, {2, 2, 2}), Error);
  }
}
