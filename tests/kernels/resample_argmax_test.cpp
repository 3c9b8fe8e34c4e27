// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample_argmax.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

struct Case {
  Size source, target;
};
const std::vector<Case> cases{
    {{16, 19, 16}, {22, 27, 22}},  // finer
    {{22, 40, 23}, {9, 17, 5}},    // coarser: planes are skipped
    {{8, 8, 8}, {8, 8, 8}},        // the same
    {{8, 70, 8}, {8, 70, 9}},      // one axis only, several row blocks
    {{1, 12, 13}, {1, 30, 20}},    // 2D
    {{1, 5, 6}, {7, 5, 6}},        // one plane spread
    {{9, 1, 1}, {4, 3, 2}},
};

Tensor labels_of(const Tensor& logits, const Size& target, const std::vector<int64_t>& slabs) {
  ResampleArgmax labels(logits.size(0), {logits.size(1), logits.size(2), logits.size(3)}, target);
  int64_t at = 0;
  for (size_t i = 0; at < logits.size(1); ++i) {
    const int64_t count = std::min(slabs[i % slabs.size()], logits.size(1) - at);
    labels.add(logits.narrow(1, at, count));
    at += count;
  }
  return labels.finish();
}

// Voxels where the two greatest resized logits are too near for the order of rounding to be settled.
Tensor undecided(const Tensor& logits, const Size& target) {
  const Tensor resized = at::upsample_trilinear3d(logits.unsqueeze(0), target, false).squeeze(0);
  const Tensor top = std::get<0>(resized.topk(2, 0));
  return (top[0] - top[1]) < 1e-4;
}

DOCTEST_TEST_SUITE("kernels/resample_argmax") {
  DOCTEST_TEST_CASE("the labels are those of trilinear resizing and argmax") {
    at::manual_seed(1);
    for (const Case& one : cases) {
      for (const int64_t classes : {2, 5}) {
        DOCTEST_CAPTURE(at::IntArrayRef(one.source));
        const Tensor logits = at::randn({classes, one.source[0], one.source[1], one.source[2]});
        const Tensor mine = labels_of(logits, one.target, {one.source[0]});
        DOCTEST_REQUIRE((mine.sizes() == at::IntArrayRef(one.target)));
        DOCTEST_REQUIRE((mine.scalar_type() == at::kShort));
        const Tensor differ = mine.ne(resample_argmax_reference(logits, one.target));
        DOCTEST_CHECK_FALSE(
            differ.logical_and(undecided(logits, one.target).logical_not()).any().item<bool>());
        DOCTEST_CHECK(differ.sum().item<int64_t>() <= 1 + differ.numel() / 500);
      }
    }
  }

  DOCTEST_TEST_CASE("slabs of any thickness give the bits of one piece") {
    at::manual_seed(2);
    for (const Case& one : cases) {
      const Tensor logits = at::randn({3, one.source[0], one.source[1], one.source[2]});
      const Tensor whole = labels_of(logits, one.target, {one.source[0]});
      for (const std::vector<int64_t>& slabs : {std::vector<int64_t>{1}, {2}, {1, 3, 0, 2}, {5, 1}}) {
        DOCTEST_CHECK(at::equal(labels_of(logits, one.target, slabs), whole));
      }
    }
  }

  DOCTEST_TEST_CASE("ties go to the lower class") {
    for (const Size& target : {Size{4, 4, 4}, Size{7, 9, 5}}) {
      Tensor logits = at::zeros({4, 4, 4, 4});
      DOCTEST_CHECK(labels_of(logits, target, {4}).eq(0).all().item<bool>());
      logits.narrow(0, 2, 2).fill_(1);
      DOCTEST_CHECK(labels_of(logits, target, {4}).eq(2).all().item<bool>());
    }
  }

  DOCTEST_TEST_CASE("logits in another layout give the same labels") {
    const Tensor logits = at::randn({3, 6, 7, 8});
    const Tensor strided = logits.permute({1, 2, 3, 0}).contiguous().permute({3, 0, 1, 2});
    DOCTEST_CHECK(at::equal(labels_of(strided, {9, 9, 9}, {4}), labels_of(logits, {9, 9, 9}, {4})));
  }

  DOCTEST_TEST_CASE("too many, too few or misshapen planes are refused") {
    ResampleArgmax labels(2, {4, 5, 6}, {8, 8, 8});
    DOCTEST_CHECK_THROWS_AS(labels.add(at::zeros({3, 2, 5, 6})), Error);
    DOCTEST_CHECK_THROWS_AS(labels.add(at::zeros({2, 2, 6, 5})), Error);
    DOCTEST_CHECK_THROWS_AS(labels.add(at::zeros({2, 5, 5, 6})), Error);
    labels.add(at::zeros({2, 3, 5, 6}));
    DOCTEST_CHECK_THROWS_AS(labels.finish(), Error);
    DOCTEST_CHECK_THROWS_AS(labels.add(at::zeros({2, 2, 5, 6})), Error);
    labels.add(at::zeros({2, 1, 5, 6}));
    DOCTEST_CHECK(labels.finish().numel() == 512);
    DOCTEST_CHECK_THROWS_AS(ResampleArgmax(2, {4, 0, 6}, {8, 8, 8}), Error);
  }

  DOCTEST_TEST_CASE("a linear axis repeats its edges and keeps a ramp a ramp") {
    for (const auto& [source, target] : {std::pair{5, 11}, {11, 5}, {1, 4}, {6, 6}}) {
      const LinearAxis axis = linear_axis(source, target);
      for (int64_t i = 0; i < target; ++i) {
        const double position = axis.low[i] + axis.weight[i] * (axis.high[i] - axis.low[i]);
        const double wanted = std::clamp((i + 0.5) * source / target - 0.5, 0.0, source - 1.0);
        DOCTEST_CHECK(position == doctest::Approx(wanted).epsilon(1e-6));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
