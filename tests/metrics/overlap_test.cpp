// SPDX-License-Identifier: Apache-2.0
#include "metrics/overlap.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("metrics/overlap") {
  DOCTEST_TEST_CASE("counts, Dice and IoU of one label leave the others out") {
    const Tensor predicted = at::tensor({0, 1, 1, 2, 2, 2}, at::kInt).view({1, 2, 3});
    const Tensor reference = at::tensor({0, 1, 2, 2, 1, 2}, at::kInt).view({1, 2, 3});
    const Overlap two = overlap(predicted, reference, 2);
    DOCTEST_CHECK(two.both == 2);
    DOCTEST_CHECK(two.predicted == 3);
    DOCTEST_CHECK(two.reference == 3);
    DOCTEST_CHECK(two.dice() == doctest::Approx(2.0 / 3));
    DOCTEST_CHECK(two.iou() == doctest::Approx(0.5));
  }

  DOCTEST_TEST_CASE("IoU is Dice / (2 - Dice)") {
    const Tensor a = at::randint(0, 3, {5, 6, 7}, at::kShort), b = at::randint(0, 3, {5, 6, 7}, at::kShort);
    for (int64_t label = 0; label < 3; ++label) {
      const Overlap counts = overlap(a, b, label);
      DOCTEST_CHECK(counts.iou() == doctest::Approx(counts.dice() / (2 - counts.dice())));
    }
  }

  DOCTEST_TEST_CASE("both masks empty is undefined, one empty is 0") {
    const Tensor none = at::zeros({2, 2, 2}, at::kByte), all = at::ones({2, 2, 2}, at::kByte);
    DOCTEST_CHECK(std::isnan(overlap(none, none, 1).dice()));
    DOCTEST_CHECK(std::isnan(overlap(none, none, 1).iou()));
    DOCTEST_CHECK(overlap(none, all, 1).dice() == 0);
    DOCTEST_CHECK(overlap(all, none, 1).iou() == 0);
  }

  DOCTEST_TEST_CASE("maps of different size are refused, and both sizes are named") {
    const auto map = [](int64_t width) { return at::zeros({2, 2, width}, at::kByte); };
    DOCTEST_CHECK_THROWS_WITH_AS(overlap(map(2), map(3), 1), doctest::Contains("2x2x2"), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(overlap(map(2), map(3), 1), doctest::Contains("2x2x3"), Error);
  }
}

}  // namespace
}  // namespace tazuna
