// SPDX-License-Identifier: Apache-2.0
#include "image/placement.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "tests/image/orientations.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Placement placement_of(const AxisOrder& order, const Box& box) {
  Placement placement;
  placement.native.size = {5, 6, 7};
  placement.native.spacing = {1, 2, 3};
  placement.axes = order;
  placement.crop = box;
  return placement;
}

/// The world's x of each voxel, as an image.
Tensor world_x(const Geometry& geometry) {
  const auto& size = geometry.size;
  Tensor image = at::full({1, size[0], size[1], size[2]}, geometry.origin[0], at::kDouble);
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> shape(4, 1);
    shape[1 + axis] = size[axis];
    image = image + at::arange(size[axis], at::kDouble).view(shape) *
                        (geometry.spacing[axis] * geometry.direction[axis]);
  }
  return image;
}

}  // namespace

DOCTEST_TEST_SUITE("image/placement") {
  DOCTEST_TEST_CASE(
      "what was cropped comes back where it was, in each of the 48 orientations, and outside elsewhere") {
    const Box box{{1, 0, 2}, {4, 5, 4}};
    const Tensor native = at::arange(2 * 5 * 6 * 7).view({2, 5, 6, 7}).to(at::kInt);
    for (const AxisOrder& order : all_orientations()) {
      const Placement placement = placement_of(order, box);
      const Tensor inside = to_cropped(native, placement);
      DOCTEST_REQUIRE((inside.sizes() == at::IntArrayRef({2, 3, 5, 2})));
      DOCTEST_CHECK(inside.is_contiguous());
      const Tensor back = to_native(inside, placement, -1);
      DOCTEST_CHECK(back.ne(-1).sum().item<int64_t>() == inside.numel());
      DOCTEST_CHECK(at::logical_or(back.eq(native), back.eq(-1)).all().item<bool>());
      DOCTEST_CHECK(to_cropped(back, placement).equal(inside));
    }
  }

  DOCTEST_TEST_CASE("the grid moves as the voxels do") {
    const Box box{{1, 0, 2}, {4, 5, 4}};
    for (const AxisOrder& order : all_orientations()) {
      const Placement placement = placement_of(order, box);
      const Geometry working = cropped(reordered(placement.native, order), box);
      DOCTEST_CHECK(at::allclose(to_cropped(world_x(placement.native), placement), world_x(working)));
    }
  }

  DOCTEST_TEST_CASE("a crop of everything without turning is the image itself") {
    const Placement placement = placement_of({}, {{0, 0, 0}, {5, 6, 7}});
    const Tensor native = at::randn({1, 5, 6, 7});
    const Tensor inside = to_cropped(native, placement);
    DOCTEST_CHECK(inside.equal(native));
    DOCTEST_CHECK(inside.data_ptr() != native.data_ptr());
  }

  DOCTEST_TEST_CASE("shapes and crops that do not fit are errors") {
    const Placement placement = placement_of({}, {{0, 0, 0}, {5, 6, 7}});
    DOCTEST_CHECK_THROWS_WITH_AS(to_cropped(at::zeros({1, 5, 6, 8}), placement),
                                 "native image: expected 5x6x7 voxels, but got 5x6x8", Error);
    DOCTEST_CHECK_THROWS_AS(to_native(at::zeros({5, 6, 7}), placement), Error);
    const Placement wide = placement_of({}, {{0, 0, 0}, {5, 6, 8}});
    DOCTEST_CHECK_THROWS_AS(to_cropped(at::zeros({1, 5, 6, 7}), wide), Error);
  }
}

}  // namespace tazuna
