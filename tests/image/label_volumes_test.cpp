// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <cmath>

#include "core/random.hpp"
#include "image/resample.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

/// An ellipsoid somewhere in a cube of 22 mm.
struct Body {
  std::array<double, 3> centre, radius;

  explicit Body(int64_t number) {
    Random random({"body", number});
    for (int axis = 0; axis < 3; ++axis) {
      centre[axis] = 7 + 8 * random.uniform();
      radius[axis] = (axis == 2 ? 2.6 : 1.2) * (0.8 + 0.4 * random.uniform());
    }
  }

  /// Its voxels on a grid of `edge` voxels a side over the cube: int32 [1, edge, edge, edge].
  Tensor on(int64_t edge) const {
    const Tensor line = (at::arange(edge, at::kDouble) + 0.5) * (22.0 / static_cast<double>(edge));
    Tensor sum = at::zeros({edge, edge, edge}, at::kDouble);
    for (int axis = 0; axis < 3; ++axis) {
      Size shape{1, 1, 1};
      shape[axis] = edge;
      sum = sum + ((line - centre[axis]) / radius[axis]).square().view(shape);
    }
    return (sum <= 1).to(at::kInt).unsqueeze(0);
  }
};

double volume(const Tensor& labels, int label = 1) {
  return labels.eq(label).sum().item<double>() / static_cast<double>(labels.numel());
}

double dice(const Tensor& a, const Tensor& b) {
  return 2 * (a * b).sum().item<double>() / (a.sum() + b.sum()).item<double>();
}

DOCTEST_TEST_SUITE("image/label_volumes") {
  DOCTEST_TEST_CASE(
      "small bodies keep their volume, and lie nearer to the truth than by the largest share alone") {
    for (const auto& [from, to] : {std::pair{32, 31}, {31, 32}, {32, 44}, {31, 22}, {22, 31}}) {
      double kept = 0, shrunk = 0, truth = 0, near = 0, far = 0;
      for (int64_t body = 0; body < 40; ++body) {
        const Tensor before = Body(body).on(from), there = Body(body).on(to);
        const Tensor linear = resized_labels(before, {to, to, to});
        const Tensor found = resized_labels_keeping_volume(before, {to, to, to});
        truth += volume(before);
        kept += volume(found);
        shrunk += volume(linear);
        near += dice(found, there) / 40;
        far += dice(linear, there) / 40;
      }
      DOCTEST_CAPTURE(from);
      DOCTEST_CAPTURE(to);
      DOCTEST_CHECK(shrunk < 0.97 * truth);
      DOCTEST_CHECK(kept == doctest::Approx(truth).epsilon(0.01));
      DOCTEST_CHECK(near > far);
    }
  }

  DOCTEST_TEST_CASE(
      "only voxels in which a label has a share become its own, and no label loses what it has") {
    for (int64_t body = 0; body < 10; ++body) {
      // Two bodies that may touch inside a third label.
      Tensor before = at::full({1, 32, 32, 32}, 3, at::kInt);
      before = before.masked_fill(Body(body).on(32) == 1, 1).masked_fill(Body(body + 50).on(32) == 1, 2);
      const Size size{30, 33, 31};
      const Tensor linear = resized_labels(before, size), found = resized_labels_keeping_volume(before, size);
      for (const int label : {1, 2}) {
        const Tensor share = resized_image(before.eq(label).to(at::kFloat), size, Interpolation::linear);
        DOCTEST_CHECK((found.eq(label) & linear.ne(label) & share.le(0)).sum().item<int64_t>() == 0);
        DOCTEST_CHECK(volume(found, label) >= volume(linear, label) - 2e-4);
      }
      DOCTEST_CHECK(found.eq(0).sum().item<int64_t>() == 0);
    }
  }

  DOCTEST_TEST_CASE("large labels and a map of the same size stay as they were") {
    const Tensor large =
        (at::arange(48).view({1, 48, 1, 1}) > 20).to(at::kShort).expand({1, 48, 40, 40}).contiguous();
    DOCTEST_CHECK(
        resized_labels_keeping_volume(large, {46, 41, 40}).equal(resized_labels(large, {46, 41, 40})));
    const Tensor small = Body(1).on(32);
    DOCTEST_CHECK(resized_labels_keeping_volume(small, {32, 32, 32}).equal(small));
  }

  DOCTEST_TEST_CASE("a mirrored map becomes the mirrored result where that of the largest share does") {
    int64_t compared = 0;
    for (int64_t body = 0; body < 20; ++body) {
      const Tensor before = Body(body).on(32);
      for (const Size& size : {Size{31, 31, 31}, Size{64, 32, 40}}) {
        const Tensor linear = resized_labels(before, size),
                     found = resized_labels_keeping_volume(before, size);
        for (int axis = 1; axis < 4; ++axis) {
          const Tensor mirrored = before.flip({axis});
          if (!resized_labels(mirrored, size).equal(linear.flip({axis}))) continue;  // ties go by other rules
          DOCTEST_CHECK(resized_labels_keeping_volume(mirrored, size).equal(found.flip({axis})));
          ++compared;
        }
      }
    }
    DOCTEST_CHECK(compared > 60);
  }

  DOCTEST_TEST_CASE("the type of the numbers stays, and slices that are taken whole keep their volume too") {
    const Tensor before = Body(3).on(32).to(at::kByte);
    const Tensor found = resized_labels_keeping_volume(before, {16, 31, 31}, 0);
    DOCTEST_CHECK((found.scalar_type() == at::kByte));
    DOCTEST_CHECK(volume(found) > volume(resized_labels(before, {16, 31, 31}, 0)));
    DOCTEST_CHECK(volume(found) == doctest::Approx(volume(before)).epsilon(0.1));
  }
}

}  // namespace
}  // namespace tazuna
