// SPDX-License-Identifier: Apache-2.0
#include "metrics/surface.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "metrics/nearest.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

void check_near(double mine, double expected) {
  DOCTEST_CHECK(std::abs(mine - expected) <= 1e-6 * std::max(1.0, std::abs(expected)));
}

VoxelSet random_set(const std::array<int64_t, 3>& size, double share) {
  const Tensor flags = at::rand(size).lt(share).to(at::kByte);
  VoxelSet set{size, {flags.data_ptr<uint8_t>(), flags.data_ptr<uint8_t>() + flags.numel()}, {}};
  const Tensor places = flags.nonzero().to(at::kInt).contiguous();
  for (int64_t i = 0; i < places.size(0); ++i) {
    const int* at = places.data_ptr<int>() + 3 * i;
    set.voxels.push_back({at[0], at[1], at[2]});
  }
  return set;
}

float brute_force(const std::array<int32_t, 3>& voxel, const VoxelSet& to,
                  const std::array<double, 3>& spacing) {
  double best = std::numeric_limits<double>::infinity();
  for (const auto& other : to.voxels) {
    double squared = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      squared += std::pow((voxel[axis] - other[axis]) * spacing[axis], 2);
    }
    best = std::min(best, squared);
  }
  return static_cast<float>(std::sqrt(best));
}

Tensor box_of(int64_t low, int64_t high) {
  Tensor labels = at::zeros({20, 20, 20}, at::kShort);
  labels.narrow(0, low, high - low).narrow(1, 5, 8).narrow(2, 5, 8).fill_(3);
  return labels;
}

DOCTEST_TEST_SUITE("metrics/surface") {
  DOCTEST_TEST_CASE("nearest distances are those of trying every pair") {
    at::manual_seed(3);
    for (const std::array<int64_t, 3>& size :
         {std::array<int64_t, 3>{1, 1, 9}, {7, 1, 1}, {1, 12, 5}, {9, 8, 7}, {13, 20, 4}}) {
      for (const double share : {0.01, 0.1, 0.9}) {
        const std::array<double, 3> spacing{1.3, 0.4, 2.1};
        const VoxelSet from = random_set(size, 0.3), to = random_set(size, share);
        const std::vector<float> distances = nearest_distances(from, to, spacing);
        DOCTEST_REQUIRE(distances.size() == from.voxels.size());
        for (size_t i = 0; i < distances.size(); ++i) {
          const float expected = brute_force(from.voxels[i], to, spacing);
          DOCTEST_CHECK(
              (distances[i] == expected || distances[i] == doctest::Approx(expected).epsilon(1e-7)));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("nearest distances are exact however far the nearest voxel is") {
    at::manual_seed(4);
    for (const std::array<double, 3>& spacing :
         {std::array<double, 3>{1, 1, 1}, {5, 0.5, 0.7}, {0.4, 3, 1}}) {
      for (const int64_t voxels : {1, 2, 30}) {
        const std::array<int64_t, 3> size{25, 40, 33};
        VoxelSet from = random_set(size, 0.02), to = random_set(size, 0);
        for (int64_t i = 0; i < voxels; ++i) to.voxels.push_back(from.voxels[i * from.voxels.size() / 40]);
        for (const auto& [z, y, x] : to.voxels) to.flags[(z * size[1] + y) * size[2] + x] = 1;
        const std::vector<float> distances = nearest_distances(from, to, spacing);
        for (size_t i = 0; i < distances.size(); ++i)
          DOCTEST_CHECK(distances[i] ==
                        doctest::Approx(brute_force(from.voxels[i], to, spacing)).epsilon(1e-7));
      }
    }
  }

  DOCTEST_TEST_CASE("a label that the map's type cannot hold is nowhere") {
    const Tensor bytes = at::ones({3, 3, 3}, at::kByte);
    DOCTEST_CHECK(std::isnan(surface_scores(bytes, bytes, 257, {1, 1, 1}).assd_mm));
  }

  DOCTEST_TEST_CASE("equal masks have distance 0 and NSD 1; a shift is measured in mm") {
    const SurfaceScores same = surface_scores(box_of(4, 12), box_of(4, 12), 3, {2, 1, 1});
    DOCTEST_CHECK(same.hd95_mm == 0);
    DOCTEST_CHECK(same.assd_mm == 0);
    DOCTEST_CHECK(same.nsd == 1);
    const SurfaceScores shifted = surface_scores(box_of(4, 12), box_of(5, 13), 3, {2, 1, 1});
    DOCTEST_CHECK(shifted.hd95_mm == 2);
    DOCTEST_CHECK(shifted.nsd < 1);
  }

  DOCTEST_TEST_CASE("prediction and reference may change places, and axes may be exchanged") {
    const Tensor a = at::rand({9, 10, 11}).gt(0.7).to(at::kInt),
                 b = at::rand({9, 10, 11}).gt(0.7).to(at::kInt);
    const SurfaceScores forth = surface_scores(a, b, 1, {1, 2, 3});
    for (const SurfaceScores& other : {surface_scores(b, a, 1, {1, 2, 3}),
                                       surface_scores(a.transpose(0, 2), b.transpose(0, 2), 1, {3, 2, 1})}) {
      check_near(other.hd95_mm, forth.hd95_mm);
      check_near(other.assd_mm, forth.assd_mm);
      check_near(other.nsd, forth.nsd);
    }
  }

  DOCTEST_TEST_CASE("background around the masks changes nothing") {
    const Tensor a = at::rand({6, 7, 8}).gt(0.6), b = at::rand({6, 7, 8}).gt(0.6);
    const auto wide = [](const Tensor& map) {
      return at::constant_pad_nd(map.to(at::kInt), {3, 4, 5, 0, 1, 2});
    };
    const SurfaceScores near = surface_scores(a.to(at::kInt), b.to(at::kInt), 1, {1, 1, 1});
    const SurfaceScores far = surface_scores(wide(a), wide(b), 1, {1, 1, 1});
    DOCTEST_CHECK(near.hd95_mm == far.hd95_mm);
    DOCTEST_CHECK(near.assd_mm == far.assd_mm);
    DOCTEST_CHECK(near.nsd == far.nsd);
  }

  DOCTEST_TEST_CASE("maps of different size and impossible spacings are refused") {
    const Tensor map = at::ones({3, 3, 3}, at::kInt);
    DOCTEST_CHECK_THROWS_AS(surface_scores(map, at::ones({3, 3, 4}, at::kInt), 1, {1, 1, 1}), Error);
    DOCTEST_CHECK_THROWS_AS(surface_scores(map, map, 1, {1, 0, 1}), Error);
    DOCTEST_CHECK_THROWS_AS(surface_scores(map, map, 1, {1, 1, 1}, -1), Error);
  }
}

}  // namespace
}  // namespace tazuna
