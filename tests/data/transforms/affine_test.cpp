// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/affine.hpp"

#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "data/sampler.hpp"
#include "tests/data/synthetic.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::array<double, 3> middle_of(const Sample& sample) {
  std::array<double, 3> centre;
  for (int axis = 0; axis < 3; ++axis)
    centre[axis] = 0.5 * static_cast<double>(sample.image.voxels.size(axis + 1) - 1);
  return centre;
}

AffineDraw turned(std::array<double, 9> matrix) {
  return {matrix, false};
}

using Size = std::array<int64_t, 3>;

/// The patch by ATen's sampler.
Tensor sampled(const Tensor& image, const Size& patch, const std::array<double, 3>& centre,
               const AffineDraw& affine) {
  std::vector<Tensor> offsets;
  for (int axis = 0; axis < 3; ++axis) {
    const Tensor line = at::arange(patch[axis], at::kDouble) - 0.5 * static_cast<double>(patch[axis] - 1);
    Size shape{1, 1, 1};
    shape[axis] = patch[axis];
    offsets.push_back(line.view(shape).expand(patch));
  }
  std::vector<Tensor> places;  // x, y, z in [-1, 1] between the outer voxels
  for (int axis = 2; axis >= 0; --axis) {
    Tensor place = at::full(patch, centre[axis], at::kDouble);
    for (int k = 0; k < 3; ++k) place = place + affine.matrix[3 * axis + k] * offsets[k];
    const auto last = static_cast<double>(image.size(axis + 1) - 1);
    places.push_back(last > 0 ? 2 * place / last - 1 : place);
  }
  const Tensor grid = at::stack(places, 3).unsqueeze(0);
  return at::grid_sampler_3d(image.to(at::kDouble).unsqueeze(0), grid, /*bilinear*/ 0, /*zeros*/ 0,
                             /*align_corners=*/true)[0];
}

double degrees(double radians) {
  return radians * 180 / std::numbers::pi;
}

}  // namespace

DOCTEST_TEST_SUITE("data/transforms/affine") {
  DOCTEST_TEST_CASE("a patch without an affine is a copy of the voxels, zero outside the case") {
    const Sample sample = synthetic_sample({9, 10, 11}, 2);
    const Sample cut = cut_patch(sample, {6, 12, 5}, {7.5, 2.5, 4.0}, {});
    // starts at (5, -3, 2): 4 of 6 planes, 9 of 12 rows, 5 of 5 columns lie inside
    Tensor image = at::zeros({2, 6, 12, 5}), label = at::zeros({1, 6, 12, 5}, at::kShort);
    const auto place = [](Tensor& to, const Tensor& from) {
      to.narrow(1, 0, 4).narrow(2, 3, 9).copy_(from.narrow(1, 5, 4).narrow(2, 0, 9).narrow(3, 2, 5));
    };
    place(image, sample.image.voxels);
    place(label, sample.maps.at("label").voxels);
    DOCTEST_CHECK(cut.image.voxels.equal(image));
    DOCTEST_CHECK(cut.maps.at("label").voxels.equal(label));
    DOCTEST_CHECK(cut.image.geometry.size == std::array<int64_t, 3>{6, 12, 5});
  }

  DOCTEST_TEST_CASE("a patch far from the case is empty") {
    const Sample sample = synthetic_sample({4, 4, 4});
    DOCTEST_CHECK(
        cut_patch(sample, {3, 3, 3}, {50, -50, 1}, {}).image.voxels.count_nonzero().item<int64_t>() == 0);
    const auto scaled = turned({2, 0, 0, 0, 2, 0, 0, 0, 2});
    DOCTEST_CHECK(
        cut_patch(sample, {3, 3, 3}, {50, -50, 1}, scaled).maps.at("label").voxels.any().item<bool>() ==
        false);
  }

  DOCTEST_TEST_CASE("a quarter turn moves image and labels as rot90 does") {
    const Sample sample = synthetic_sample({12, 12, 12}, 2);
    const double c = std::cos(std::numbers::pi / 2), s = std::sin(std::numbers::pi / 2);
    const Sample cut =
        cut_patch(sample, {12, 12, 12}, middle_of(sample), turned({1, 0, 0, 0, c, -s, 0, s, c}));
    const Tensor image = at::rot90(sample.image.voxels, -1, {2, 3});
    DOCTEST_CHECK(at::allclose(cut.image.voxels, image, 1e-4, 1e-4));
    DOCTEST_CHECK(cut.maps.at("label").voxels.equal(at::rot90(sample.maps.at("label").voxels, -1, {2, 3})));
  }

  DOCTEST_TEST_CASE("half turns and flips given as matrices move every voxel exactly") {
    const Sample sample = synthetic_sample({8, 9, 10});
    for (int flips = 0; flips < 8; ++flips) {
      std::array<double, 9> matrix{};
      std::vector<int64_t> axes;
      for (int axis = 0; axis < 3; ++axis) {
        const bool flip = (flips >> axis) & 1;
        matrix[4 * axis] = flip ? -1 : 1;
        if (flip) axes.push_back(axis + 1);
      }
      const Sample cut = cut_patch(sample, {8, 9, 10}, middle_of(sample), turned(matrix));
      DOCTEST_CHECK(at::allclose(cut.image.voxels, sample.image.voxels.flip(axes), 1e-5, 1e-5));
      DOCTEST_CHECK(cut.maps.at("label").voxels.equal(sample.maps.at("label").voxels.flip(axes)));
    }
  }

  DOCTEST_TEST_CASE("a two-label map moves as the image of its own indicator") {
    Sample sample = synthetic_sample({20, 22, 24});
    sample.maps["label"].voxels.clamp_(0, 1);
    sample.image.voxels = sample.maps["label"].voxels.to(at::kFloat);
    for (int64_t i = 0; i < 20; ++i) {
      Random random{"affine", i};
      AffineOptions always;
      always.rotate_probability = always.scale_probability = 1;
      const AffineDraw affine = draw(always, random, {16, 16, 16});
      const Sample cut = cut_patch(sample, {16, 16, 16}, {8.3, 10.1, 13.7}, affine);
      const Tensor label = cut.maps.at("label").voxels, image = cut.image.voxels;
      DOCTEST_CHECK(label.eq(1).logical_and(image.lt(0.4999)).any().item<bool>() == false);
      DOCTEST_CHECK(label.eq(0).logical_and(image.gt(0.5001)).any().item<bool>() == false);
    }
  }

  DOCTEST_TEST_CASE("a slice one voxel thick is turned in its plane") {
    const Sample sample = synthetic_sample({1, 12, 12});
    const Sample cut =
        cut_patch(sample, {1, 12, 12}, middle_of(sample), turned({1, 0, 0, 0, 0, -1, 0, 1, 0}));
    DOCTEST_CHECK(at::allclose(cut.image.voxels, at::rot90(sample.image.voxels, -1, {2, 3}), 1e-5, 1e-5));
  }

  DOCTEST_TEST_CASE("any affine of any shape is linear interpolation with zeros around") {
    for (const Size& size : {Size{20, 22, 24}, {20, 22, 1}, {1, 30, 17}, {5, 1, 9}, {3, 40, 2}}) {
      for (int64_t i = 0; i < 6; ++i) {
        Random random{"linear", i};
        AffineDraw affine{{}, false};
        for (double& entry : affine.matrix) entry = random.uniform(-1.2, 1.2);
        const Size patch{9, 14, 19};
        const Sample sample = synthetic_sample(size, 2);
        std::array<double, 3> centre = middle_of(sample);
        for (int axis = 0; axis < 3; ++axis) {
          if (size[axis] > 1) continue;  // a thin case is met in its plane
          for (int k = 0; k < 3; ++k) affine.matrix[3 * axis + k] = 0;
        }
        const Tensor expected = sampled(sample.image.voxels, patch, centre, affine);
        const Tensor cut = cut_patch(sample, patch, centre, affine).image.voxels;
        DOCTEST_CHECK((cut - expected).abs().max().item<double>() < 1e-3);
      }
    }
  }

  DOCTEST_TEST_CASE("turns stay within the range, scales between theirs, each as often as told") {
    const AffineOptions options;
    int64_t rotated = 0, scaled = 0;
    constexpr int64_t draws = 20000;
    double widest = 0;
    for (int64_t i = 0; i < draws; ++i) {
      Random random{"law", i};
      const AffineDraw affine = draw(options, random, {40, 56, 40});
      const auto& m = affine.matrix;
      const double scale = std::cbrt(m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
                                     m[2] * (m[3] * m[7] - m[4] * m[6]));
      DOCTEST_REQUIRE(scale >= 0.7 - 1e-9);
      DOCTEST_REQUIRE(scale <= 1.4 + 1e-9);
      scaled += std::abs(scale - 1) > 1e-9;
      // Rz Ry Rx: the angles come back out of the last row and the first column.
      const std::array<double, 3> angles{std::atan2(m[7], m[8]), -std::asin(m[6] / scale),
                                         std::atan2(m[3], m[0])};
      double turn = 0;
      for (const double angle : angles) turn = std::max(turn, std::abs(degrees(angle)));
      DOCTEST_REQUIRE(turn <= 30 + 1e-6);
      widest = std::max(widest, turn);
      rotated += turn > 1e-6;
      DOCTEST_REQUIRE(affine.identity == (turn < 1e-6 && std::abs(scale - 1) < 1e-9));
    }
    DOCTEST_CHECK(std::abs(rotated / double{draws} - 0.2) < 0.015);
    DOCTEST_CHECK(std::abs(scaled / double{draws} - 0.2) < 0.015);
    DOCTEST_CHECK(widest > 29.5);
  }

  DOCTEST_TEST_CASE("a flat patch is turned and scaled in its plane only") {
    AffineOptions always;
    always.rotate_probability = always.scale_probability = 1;
    struct Row {
      std::array<int64_t, 3> patch;
      int normal;
      double most;
    };
    for (const Row& row : {Row{{12, 64, 64}, 0, 180}, Row{{1, 64, 64}, 0, 180}, Row{{1, 64, 128}, 0, 15},
                           Row{{64, 64, 1}, 2, 180}}) {
      double widest = 0;
      for (int64_t i = 0; i < 500; ++i) {
        Random random{"flat", i};
        const auto m = draw(always, random, row.patch).matrix;
        for (int axis = 0; axis < 3; ++axis) {
          DOCTEST_REQUIRE(m[3 * row.normal + axis] == (axis == row.normal ? 1 : 0));
          DOCTEST_REQUIRE(m[3 * axis + row.normal] == (axis == row.normal ? 1 : 0));
        }
        const int one = (row.normal + 1) % 3, two = (row.normal + 2) % 3;
        widest = std::max(widest, std::abs(degrees(std::atan2(m[3 * two + one], m[3 * one + one]))));
      }
      DOCTEST_CHECK(widest <= row.most + 1e-6);
      DOCTEST_CHECK(widest > 0.95 * row.most);
    }
  }

  DOCTEST_TEST_CASE("no patch turns further than it may, whatever the options and its form") {
    const AffineOptions options{1, 180, 0, 1, 1};
    for (const std::array<int64_t, 3>& patch :
         {std::array<int64_t, 3>{1, 64, 64}, {1, 64, 20}, {40, 40, 40}}) {
      Random random{"limit"};
      double most = 0;
      for (int trial = 0; trial < 200; ++trial) {
        const auto& matrix = draw(options, random, patch, 10).matrix;
        const double turn = degrees(std::acos(std::min(1.0, (matrix[0] + matrix[4] + matrix[8] - 1) / 2)));
        most = std::max(most, turn);
      }
      DOCTEST_CHECK(most > 9);
      DOCTEST_CHECK(most < (patch[0] == 1 ? 10 + 1e-6 : 10 * std::sqrt(3.0) + 1));
    }
  }

  DOCTEST_TEST_CASE("a map on another grid than the image is refused") {
    Sample sample = synthetic_sample({8, 8, 8});
    sample.maps["label"].voxels = at::zeros({1, 8, 8, 7}, at::kShort);
    DOCTEST_CHECK_THROWS_WITH(cut_patch(sample, {4, 4, 4}, {4, 4, 4}, {}), doctest::Contains("same grid"));
  }

  DOCTEST_TEST_CASE("an affine cut equals batchgeneratorsv2's spatial transform") {
    const ScratchFolder folder;
    if (!run_python("data/golden/transforms.py", {folder.path()})) return;
    Sample sample;
    sample.image.voxels = read_npy(folder.path() / "image.npy");
    sample.maps["label"].voxels = read_npy(folder.path() / "label.npy");
    const Tensor matrix = read_npy(folder.path() / "affine.npy");
    AffineDraw affine;
    affine.identity = false;
    std::copy_n(matrix.const_data_ptr<float>(), 9, affine.matrix.begin());
    const Sample cut = cut_patch(sample, {16, 18, 20}, middle_of(sample), affine);
    DOCTEST_CHECK(at::allclose(cut.image.voxels, read_npy(folder.path() / "turned_image.npy"), 1e-3, 1e-3));
    // The original compares sums of weights in half precision, so that near ties may fall differently.
    const Tensor differ = cut.maps.at("label").voxels.ne(read_npy(folder.path() / "turned_label.npy"));
    DOCTEST_CHECK(differ.to(at::kFloat).mean().item<double>() < 1e-3);
  }
}
