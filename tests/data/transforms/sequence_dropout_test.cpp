// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/sequence_dropout.hpp"

#include <cmath>

#include "tests/data/synthetic.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("data/transforms/sequence_dropout") {
  DOCTEST_TEST_CASE("a dropped sequence is zero and marked absent, the others and the case are untouched") {
    const Sample sample = synthetic_sample({4, 5, 6}, 3);
    Sample without = sample;
    without.image.voxels = sample.image.voxels.clone();
    apply(SequenceDropoutOptions{}, {{0, 2}}, without);
    DOCTEST_CHECK(without.present.equal(at::tensor({0, 1, 0}).to(at::kBool)));
    DOCTEST_CHECK(sample.present.all().item<bool>());
    DOCTEST_CHECK(without.image.voxels[1].equal(sample.image.voxels[1]));
    DOCTEST_CHECK(without.image.voxels[0].count_nonzero().item<int64_t>() == 0);
    DOCTEST_CHECK(without.image.voxels[2].count_nonzero().item<int64_t>() == 0);
  }

  DOCTEST_TEST_CASE("one present sequence always stays, each of them equally often") {
    Sample sample = synthetic_sample({2, 2, 2}, 4);
    sample.present[1].fill_(false);
    std::array<int64_t, 4> stayed{};
    for (int64_t key = 0; key < 3000; ++key) {
      Random random{"dropout", key};
      const SequenceDropoutDraw drawn = draw({1}, random, sample);
      DOCTEST_REQUIRE(drawn.channels.size() == 2);
      std::array<bool, 4> left{true, false, true, true};
      for (const int64_t c : drawn.channels) left.at(static_cast<size_t>(c)) = false;
      for (size_t c = 0; c < 4; ++c) stayed[c] += left[c];
    }
    DOCTEST_CHECK(stayed[1] == 0);
    for (const size_t c : {0, 2, 3}) DOCTEST_CHECK(std::abs(stayed[c] - 1000) < 120);
  }

  DOCTEST_TEST_CASE("a single sequence is never dropped, of several each as often as told") {
    const Sample one = synthetic_sample({2, 2, 2}, 1), three = synthetic_sample({2, 2, 2}, 3);
    int64_t dropped = 0;
    for (int64_t key = 0; key < 10000; ++key) {
      Random random{"often", key};
      DOCTEST_REQUIRE(draw({0.9}, random, one).channels.empty());
      dropped += std::ssize(draw({0.1}, random, three).channels);
    }
    DOCTEST_CHECK(std::abs(static_cast<double>(dropped) / 30000 - 0.1) < 0.01);
  }
}
