// SPDX-License-Identifier: Apache-2.0
#include "metrics/structure.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::map<std::string, double> named(const Tensor& predicted, const Tensor& reference) {
  const auto scores = structure_scores(predicted, reference, 1, {2, 0.5, 0.5}, 1);
  return {scores.begin(), scores.end()};
}

DOCTEST_TEST_SUITE("metrics/structure") {
  DOCTEST_TEST_CASE("the scores stand in the order of their names") {
    const Tensor map = at::ones({3, 3, 3}, at::kInt);
    const auto scores = structure_scores(map, map, 1, {1, 1, 1}, 1);
    DOCTEST_REQUIRE(scores.size() == structure_metrics().size());
    for (size_t i = 0; i < scores.size(); ++i) DOCTEST_CHECK(scores[i].first == structure_metrics()[i]);
  }

  DOCTEST_TEST_CASE("volumes count voxels in mm3, and the error is predicted minus reference") {
    Tensor predicted = at::zeros({4, 4, 4}, at::kInt), reference = at::zeros({4, 4, 4}, at::kInt);
    predicted.narrow(0, 0, 1).fill_(1);
    reference.narrow(0, 0, 2).fill_(1);
    const auto scores = named(predicted, reference);
    DOCTEST_CHECK(scores.at("predicted_mm3") == doctest::Approx(8));
    DOCTEST_CHECK(scores.at("reference_mm3") == doctest::Approx(16));
    DOCTEST_CHECK(scores.at("volume_error_mm3") == doctest::Approx(-8));
    DOCTEST_CHECK(scores.at("dice") == doctest::Approx(2.0 / 3));
  }

  DOCTEST_TEST_CASE("a structure missing on both sides has undefined scores and no volume") {
    const Tensor none = at::zeros({4, 4, 4}, at::kInt);
    const auto scores = named(none, none);
    for (const char* name : {"dice", "iou", "hd95_mm", "assd_mm", "nsd"}) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(std::isnan(scores.at(name)));
    }
    DOCTEST_CHECK(scores.at("volume_error_mm3") == 0);
  }

  DOCTEST_TEST_CASE("a structure missing on one side has Dice 0 and infinite distances") {
    const auto scores = named(at::zeros({4, 4, 4}, at::kInt), at::ones({4, 4, 4}, at::kInt));
    DOCTEST_CHECK(scores.at("dice") == 0);
    DOCTEST_CHECK(scores.at("nsd") == 0);
    DOCTEST_CHECK(std::isinf(scores.at("hd95_mm")));
    DOCTEST_CHECK(std::isinf(scores.at("assd_mm")));
  }
}

}  // namespace
}  // namespace tazuna
