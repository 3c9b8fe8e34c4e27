// SPDX-License-Identifier: Apache-2.0
#include "metrics/structure.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::map<std::string, double> named(const Tensor& predicted, const Tensor& reference, Geometry grid) {
  const auto scores = structure_scores(predicted, reference, 1, grid, 1);
  return {scores.begin(), scores.end()};
}

std::map<std::string, double> named(const Tensor& predicted, const Tensor& reference) {
  Geometry grid;
  grid.spacing = {2, 0.5, 0.5};
  return named(predicted, reference, grid);
}

DOCTEST_TEST_SUITE("metrics/structure") {
  DOCTEST_TEST_CASE("volumes count voxels in mm3, and the error is predicted minus reference") {
    Tensor predicted = at::zeros({4, 4, 4}, at::kInt), reference = at::zeros({4, 4, 4}, at::kInt);
    predicted.narrow(0, 0, 1).fill_(1);
    reference.narrow(0, 0, 2).fill_(1);
    const auto scores = named(predicted, reference);
    DOCTEST_CHECK(scores.at("predicted_mm3") == doctest::Approx(8));
    DOCTEST_CHECK(scores.at("reference_mm3") == doctest::Approx(16));
    DOCTEST_CHECK(scores.at("volume_error_mm3") == doctest::Approx(-8));
    DOCTEST_CHECK(scores.at("volume_error_percent") == doctest::Approx(-50));
    DOCTEST_CHECK(scores.at("dice") == doctest::Approx(2.0 / 3));
  }

  DOCTEST_TEST_CASE("on a sheared grid volumes shrink with the voxel and spacing alone does not tell them") {
    const Tensor map = at::ones({2, 3, 4}, at::kInt);
    Geometry grid;
    grid.direction = {0, 0.6, 1, 0, 0.8, 0, 1, 0, 0};  // y leans towards x
    DOCTEST_CHECK(named(map, map, grid).at("predicted_mm3") == doctest::Approx(24 * 0.8));
  }

  DOCTEST_TEST_CASE("every voxel is a true or false positive or negative") {
    at::manual_seed(1);
    const Tensor predicted = at::randint(0, 3, {5, 6, 7}, at::kInt);
    const Tensor reference = at::randint(0, 3, {5, 6, 7}, at::kInt);
    const auto scores = named(predicted, reference);
    const auto count = [](const Tensor& mask) { return static_cast<double>(mask.sum().item<int64_t>()); };
    const Tensor ours = predicted.eq(1), truth = reference.eq(1);
    DOCTEST_CHECK(scores.at("tp") == count(ours & truth));
    DOCTEST_CHECK(scores.at("fp") == count(ours & ~truth));
    DOCTEST_CHECK(scores.at("fn") == count(~ours & truth));
    DOCTEST_CHECK(scores.at("tn") == count(~ours & ~truth));
  }

  DOCTEST_TEST_CASE("a structure missing on both sides has undefined scores and no volume") {
    const Tensor none = at::zeros({4, 4, 4}, at::kInt);
    const auto scores = named(none, none);
    for (const char* name : {"dice", "iou", "hd95_mm", "assd_mm", "nsd", "volume_error_percent"}) {
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
    DOCTEST_CHECK(scores.at("volume_error_percent") == -100);
    const auto surplus = named(at::ones({4, 4, 4}, at::kInt), at::zeros({4, 4, 4}, at::kInt));
    DOCTEST_CHECK(std::isinf(surplus.at("volume_error_percent")));
  }
}

}  // namespace
}  // namespace tazuna
