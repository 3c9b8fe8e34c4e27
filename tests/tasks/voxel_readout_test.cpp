// SPDX-License-Identifier: Apache-2.0
#include "tasks/voxel_readout.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"

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

Tensor read_out(const Tensor& logits, std::vector<int64_t> slabs) {
  const auto readout = make_probability_readout(some_placement(), LabelCodes({{"a", 1}, {"b", 3}}));
  int64_t first = 0;
  for (const int64_t planes : slabs) {
    readout->add(logits.narrow(1, first, planes));
    first += planes;
  }
  return std::get<VoxelField>(readout->finish()).values;
}

DOCTEST_TEST_SUITE("tasks/voxel_readout") {
  DOCTEST_TEST_CASE("probabilities are the softmax of trilinearly resized logits, and background outside") {
    at::manual_seed(3);
    const Tensor logits = at::randn({3, 8, 7, 9}) * 3;
    const Tensor found = read_out(logits, {8});
    DOCTEST_REQUIRE(found.sizes() == at::IntArrayRef({3, 9, 8, 7}));
    const Tensor expected =
        at::softmax(at::upsample_trilinear3d(logits.unsqueeze(0), {6, 7, 5}, false).squeeze(0), 0);
    Tensor inside = found.slice(1, 2, 8).slice(2, 1, 8).slice(3, 1, 6);
    DOCTEST_CHECK(at::allclose(inside, expected, 1e-5, 1e-6));
    inside.zero_();
    DOCTEST_CHECK(found[0].sum().item<double>() == 9 * 8 * 7 - 6 * 7 * 5);
    DOCTEST_CHECK(found.slice(0, 1).sum().item<double>() == 0);
  }

  DOCTEST_TEST_CASE("the bits of the probabilities do not depend on how planes are cut into slabs") {
    at::manual_seed(4);
    const Tensor logits = at::randn({3, 8, 7, 9});
    const Tensor whole = read_out(logits, {8});
    DOCTEST_CHECK(at::equal(read_out(logits, {1, 1, 1, 1, 1, 1, 1, 1}), whole));
    DOCTEST_CHECK(at::equal(read_out(logits, {3, 1, 4}), whole));
    DOCTEST_CHECK(at::equal(read_out(logits, {0, 3, 0, 5}), whole));
    DOCTEST_CHECK_THROWS_AS(read_out(logits, {3, 1}), Error);
  }
}

}  // namespace
}  // namespace tazuna
