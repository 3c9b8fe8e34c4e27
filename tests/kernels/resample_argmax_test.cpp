// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample_argmax.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

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

Tensor labels_of(const Tensor& logits, const Size& target, const std::vector<int64_t>& slabs,
                 const SharePlaces& shares = {}) {
  ResampleArgmax labels(logits.size(0), {logits.size(1), logits.size(2), logits.size(3)}, target, shares);
  int64_t at = 0;
  for (size_t i = 0; at < logits.size(1); ++i) {
    const int64_t count = std::min(slabs[i % slabs.size()], logits.size(1) - at);
    labels.add(logits.narrow(1, at, count));
    at += count;
  }
  return labels.finish();
}

/// Labels and what is made beside them, contiguous; NaN where nothing was written.
struct Found {
  Tensor labels, shares, entropy;
};
Found found_of(const Tensor& logits, const Size& target, const std::vector<int64_t>& slabs) {
  Found found;
  found.shares = at::full({logits.size(0), target[0], target[1], target[2]}, std::nan(""), at::kFloat);
  found.entropy = at::full(target, std::nan(""), at::kFloat);
  const std::array<int64_t, 3> next{target[1] * target[2], target[2], 1};
  found.labels = labels_of(logits, target, slabs,
                           {.shares = found.shares.data_ptr<float>(),
                            .entropy = found.entropy.data_ptr<float>(),
                            .next_class = target[0] * next[0],
                            .next = next});
  return found;
}
bool same(const Found& a, const Found& b) {
  return at::equal(a.labels, b.labels) && at::equal(a.shares, b.shares) && at::equal(a.entropy, b.entropy);
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

  DOCTEST_TEST_CASE("shares and entropy are those of trilinear resizing, softmax and its entropy") {
    at::manual_seed(3);
    for (const Case& one : cases) {
      for (const int64_t classes : {1, 2, 5}) {
        for (const double spread : {1.0, 30.0}) {
          DOCTEST_CAPTURE(at::IntArrayRef(one.source));
          DOCTEST_CAPTURE(classes);
          const Tensor logits = at::randn({classes, one.source[0], one.source[1], one.source[2]}) * spread;
          const Found found = found_of(logits, one.target, {one.source[0]});
          const Tensor expected = resample_shares_reference(logits, one.target);
          // Trilinear resizing rounds in another order: of logits of 100 a few units of 1e-5.
          DOCTEST_CHECK(at::allclose(found.shares, expected, 2e-5 * spread, 1e-7));
          DOCTEST_CHECK(
              at::allclose(found.entropy, normalised_entropy_reference(expected), 1e-5, 1e-5 * spread));
          DOCTEST_CHECK(found.entropy.ge(0).logical_and(found.entropy.le(1)).all().item<bool>());
        }
      }
    }
  }

  DOCTEST_TEST_CASE("labels have the same bits with shares, also where classes tie") {
    at::manual_seed(4);
    for (const Case& one : cases) {
      const Tensor drawn = at::randn({4, one.source[0], one.source[1], one.source[2]});
      for (const Tensor& logits : {drawn, drawn.round(), at::zeros_like(drawn)}) {
        DOCTEST_CHECK(
            at::equal(found_of(logits, one.target, {3, 1}).labels, labels_of(logits, one.target, {3, 1})));
      }
    }
  }

  DOCTEST_TEST_CASE("shares have the same bits for slabs of any thickness and any number of threads") {
    at::manual_seed(5);
    const int threads = at::get_num_threads();
    for (const Case& one : cases) {
      const Tensor logits = at::randn({3, one.source[0], one.source[1], one.source[2]}) * 3;
      at::set_num_threads(1);
      const Found whole = found_of(logits, one.target, {one.source[0]});
      at::set_num_threads(3);
      for (const std::vector<int64_t>& slabs : {std::vector<int64_t>{1}, {1, 3, 0, 2}, {5, 1}})
        DOCTEST_CHECK(same(found_of(logits, one.target, slabs), whole));
      at::set_num_threads(threads);
    }
  }

  DOCTEST_TEST_CASE("shares alone, entropy alone and mirrored axes hold what both hold together") {
    at::manual_seed(6);
    const Size target{5, 6, 7};
    const Tensor logits = at::randn({3, 4, 4, 4});
    const Found both = found_of(logits, target, {4});
    Tensor shares = at::zeros({3, 5, 6, 7}), entropy = at::zeros({7, 6, 5});
    labels_of(logits, target, {4},
              {.shares = shares.data_ptr<float>(), .next_class = 210, .next = {42, 7, 1}});
    DOCTEST_CHECK(at::equal(shares, both.shares));
    // Axes in reverse order, the middle one mirrored.
    labels_of(logits, target, {4}, {.entropy = entropy.data_ptr<float>() + 25, .next = {1, -5, 30}});
    DOCTEST_CHECK(at::equal(entropy, both.entropy.permute({2, 1, 0}).flip({1})));
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
