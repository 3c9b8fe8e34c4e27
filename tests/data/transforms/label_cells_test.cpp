// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/label_cells.hpp"

#include "core/random.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// The weights of linear interpolation at a place in a cell, corners in the order z, y, x.
std::array<float, 8> weights_at(float z, float y, float x) {
  std::array<float, 8> weight;
  for (int corner = 0; corner < 8; ++corner)
    weight[corner] = (corner & 4 ? z : 1 - z) * (corner & 2 ? y : 1 - y) * (corner & 1 ? x : 1 - x);
  return weight;
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/label_cells") {
  DOCTEST_TEST_CASE("the label with the greatest sum wins, of equal sums that of the greatest weight") {
    DOCTEST_CHECK(most_weight({1, 2, 2, 2, 0, 0, 0, 0}, {0.4F, 0.2F, 0.2F, 0.2F, 0, 0, 0, 0}) == 2);
    DOCTEST_CHECK(most_weight({1, 2, 2, 3, 0, 0, 0, 0}, {0.4F, 0.2F, 0.2F, 0.2F, 0, 0, 0, 0}) == 1);
    DOCTEST_CHECK(most_weight({5, 5, 5, 5, 7, 7, 7, 7}, weights_at(0.25F, 0.5F, 0.5F)) == 5);
  }

  DOCTEST_TEST_CASE("cells side by side have the labels of each by itself, in any number") {
    for (const int64_t count : {0, 1, 7, 8, 9, 200}) {
      LabelCells cells(count);
      for (int repeat = 0; repeat < 2; ++repeat) {
        cells.clear();
        Random random{"cells", count, repeat};
        std::vector<int16_t> expected;
        for (int64_t i = 0; i < count; ++i) {
          std::array<int16_t, 8> label;
          for (int16_t& one : label) one = static_cast<int16_t>(random.below(1 + i % 8) * 4000);
          std::array<float, 3> place;
          for (float& along : place)
            along = i % 3 ? static_cast<float>(random.uniform()) : 0.5F * static_cast<float>(random.below(3));
          cells.add(label, place[0], place[1], place[2]);
          expected.push_back(most_weight(label, weights_at(place[0], place[1], place[2])));
        }
        DOCTEST_REQUIRE(cells.count() == count);
        const std::vector<int32_t>& chosen = cells.most_weights();
        for (int64_t i = 0; i < count; ++i) DOCTEST_CHECK(chosen[i] == expected[i]);
      }
    }
  }
}
