// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_readout.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.hpp"
#include "kernels/resample_argmax.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Native 9x8x7 cropped to 6x7x5 and resampled to 8x7x9, its axes stored as they are.
Placement some_placement() {
  Placement placement;
  placement.native.size = {9, 8, 7};
  placement.crop = {{2, 1, 1}, {8, 8, 6}};
  placement.working.size = {8, 7, 9};
  return placement;
}

LabelMap read_out(const Tensor& logits, std::vector<int64_t> slabs, const Placement& placement,
                  const VoxelWish& wish) {
  const auto readout = make_voxel_readout(placement, LabelCodes({{"a", 1}, {"b", 3}}), wish);
  int64_t first = 0;
  for (const int64_t planes : slabs) {
    readout->add(logits.narrow(1, first, planes));
    first += planes;
  }
  return std::get<LabelMap>(readout->finish());
}

LabelMap read_out(const Tensor& logits, std::vector<int64_t> slabs) {
  return read_out(logits, std::move(slabs), some_placement(), {.shares = true, .uncertainty = true});
}

DOCTEST_TEST_SUITE("tasks/voxel_readout") {
  DOCTEST_TEST_CASE("shares are the softmax of trilinearly resized logits, and background outside") {
    at::manual_seed(3);
    const Tensor logits = at::randn({3, 8, 7, 9}) * 3;
    const LabelMap found = read_out(logits, {8});
    DOCTEST_REQUIRE(found.shares.sizes() == at::IntArrayRef({3, 9, 8, 7}));
    Tensor inside = found.shares.slice(1, 2, 8).slice(2, 1, 8).slice(3, 1, 6);
    const Tensor expected = resample_shares_reference(logits, {6, 7, 5});
    DOCTEST_CHECK(at::allclose(inside, expected, 1e-5, 1e-6));
    inside.zero_();
    DOCTEST_CHECK(found.shares[0].sum().item<double>() == 9 * 8 * 7 - 6 * 7 * 5);
    DOCTEST_CHECK(found.shares.slice(0, 1).sum().item<double>() == 0);
  }

  DOCTEST_TEST_CASE("uncertainty is the normalised entropy of the shares, 0 outside") {
    at::manual_seed(3);
    const LabelMap found = read_out(at::randn({3, 8, 7, 9}) * 3, {8});
    DOCTEST_REQUIRE(found.uncertainty.sizes() == at::IntArrayRef({9, 8, 7}));
    DOCTEST_CHECK(at::allclose(found.uncertainty, normalised_entropy_reference(found.shares), 1e-5, 1e-6));
    DOCTEST_CHECK(found.uncertainty.max().item<float>() > 0.5);
    DOCTEST_CHECK(found.uncertainty.ne(0).sum().item<int64_t>() == 6 * 7 * 5);
  }

  DOCTEST_TEST_CASE("in every order and direction of axes maps lie where to_native() puts the crop") {
    at::manual_seed(5);
    const Tensor logits = at::randn({3, 5, 6, 4});
    const Tensor expected = resample_shares_reference(logits, {3, 4, 2});
    std::array<int, 3> axes{0, 1, 2};
    do {
      for (int flips = 0; flips < 8; ++flips) {
        Placement placement;
        placement.axes = {axes, {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0}};
        placement.crop = {{2, 1, 3}, {5, 5, 5}};
        for (size_t axis = 0; axis < 3; ++axis)
          placement.native.size[static_cast<size_t>(axes[axis])] = placement.crop.high[axis] + 1;
        placement.working.size = {5, 6, 4};
        const LabelMap found = read_out(logits, {5}, placement, {.shares = true});
        DOCTEST_CHECK(at::allclose(found.shares.slice(0, 1),
                                   to_native(expected.slice(0, 1).contiguous(), placement), 1e-5, 1e-6));
        DOCTEST_CHECK_FALSE(found.uncertainty.defined());
      }
    } while (std::ranges::next_permutation(axes).found);
  }

  DOCTEST_TEST_CASE("labels have the same bits with and without what else is wished") {
    at::manual_seed(6);
    const Tensor logits = at::randn({3, 8, 7, 9});
    const LabelMap plain = read_out(logits, {8}, some_placement(), {});
    DOCTEST_CHECK_FALSE(plain.shares.defined());
    DOCTEST_CHECK(at::equal(plain.labels, read_out(logits, {8}).labels));
  }

  DOCTEST_TEST_CASE("the bits of all maps do not depend on how planes are cut into slabs") {
    at::manual_seed(4);
    const Tensor logits = at::randn({3, 8, 7, 9});
    const LabelMap whole = read_out(logits, {8});
    for (const std::vector<int64_t>& slabs :
         {std::vector<int64_t>{1, 1, 1, 1, 1, 1, 1, 1}, {3, 1, 4}, {0, 3, 0, 5}}) {
      const LabelMap parts = read_out(logits, slabs);
      DOCTEST_CHECK(at::equal(parts.labels, whole.labels));
      DOCTEST_CHECK(at::equal(parts.shares, whole.shares));
      DOCTEST_CHECK(at::equal(parts.uncertainty, whole.uncertainty));
    }
    DOCTEST_CHECK_THROWS_AS(read_out(logits, {3, 1}), Error);
  }

  DOCTEST_TEST_CASE("a crop beyond the native grid is refused before anything is written") {
    Placement placement = some_placement();
    placement.native.size = {7, 8, 7};
    DOCTEST_CHECK_THROWS_AS(read_out(at::zeros({3, 8, 7, 9}), {}, placement, {.shares = true}), Error);
  }
}

}  // namespace
}  // namespace tazuna
