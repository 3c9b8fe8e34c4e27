// SPDX-License-Identifier: Apache-2.0
#include "image/geometry.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/image/orientations.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

double largest_difference(const Affine& a, const Affine& b) {
  double largest = 0;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      largest = std::max(largest, std::abs(a[row][column] - b[row][column]));
    }
  }
  return largest;
}

/// A random affine, sheared.
Affine random_affine(Random& random) {
  Affine affine{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 4; ++column)
      affine[row][column] = random.uniform(-2, 2) * (column == 3 ? 50 : 1);
    affine[row][row] += 3;
  }
  affine[3][3] = 1;
  return affine;
}

std::array<double, 3> world(const Affine& affine, double x, double y, double z) {
  std::array<double, 3> point;
  for (int row = 0; row < 3; ++row) {
    point[row] = affine[row][0] * x + affine[row][1] * y + affine[row][2] * z + affine[row][3];
  }
  return point;
}

}  // namespace

DOCTEST_TEST_SUITE("image/geometry") {
  DOCTEST_TEST_CASE("an affine survives the way through a geometry, sheared or not") {
    Random random({1, "affine"});
    for (int i = 0; i < 100; ++i) {
      const Affine affine = random_affine(random);
      DOCTEST_CHECK(largest_difference(affine, affine_of(geometry_of(affine, {4, 5, 6}))) < 1e-12);
    }
  }

  DOCTEST_TEST_CASE("a voxel's volume is that of the box its three edges span, sheared or not") {
    Random random({2, "affine"});
    for (int i = 0; i < 100; ++i) {
      const Affine affine = random_affine(random);
      const auto origin = world(affine, 0, 0, 0);
      std::array<double, 3> x = world(affine, 1, 0, 0), y = world(affine, 0, 1, 0),
                            z = world(affine, 0, 0, 1);
      for (int row = 0; row < 3; ++row) x[row] -= origin[row], y[row] -= origin[row], z[row] -= origin[row];
      const double triple = x[0] * (y[1] * z[2] - y[2] * z[1]) + x[1] * (y[2] * z[0] - y[0] * z[2]) +
                            x[2] * (y[0] * z[1] - y[1] * z[0]);
      DOCTEST_CHECK(voxel_volume(geometry_of(affine, {4, 5, 6})) == doctest::Approx(std::abs(triple)));
    }
    Geometry straight;
    straight.spacing = {3, 0.5, 0.25};
    DOCTEST_CHECK(voxel_volume(straight) == 0.375);
  }

  DOCTEST_TEST_CASE("the default geometry is nibabel's identity affine") {
    const Affine affine = affine_of(Geometry{});
    for (int row = 0; row < 4; ++row) {
      for (int column = 0; column < 4; ++column)
        DOCTEST_CHECK(affine[row][column] == (row == column ? 1 : 0));
    }
  }

  DOCTEST_TEST_CASE("an affine with an empty, parallel or NaN axis is refused") {
    Affine affine = affine_of(Geometry{});
    affine[1][1] = 0;
    DOCTEST_CHECK_THROWS_AS(geometry_of(affine, {1, 1, 1}), Error);
    affine[0][1] = 2;
    DOCTEST_CHECK_THROWS_AS(expect_invertible(affine, "the sform"), Error);
    affine[1][1] = NAN;
    DOCTEST_CHECK_THROWS_AS(expect_invertible(affine, "the sform"), Error);
    DOCTEST_CHECK_THROWS_AS(geometry_of(affine, {1, 1, 1}), Error);
  }

  DOCTEST_TEST_CASE("grids differ by size or by a corner, and the difference says which") {
    Geometry a;
    a.size = {36, 50, 35};
    Geometry b = a;
    DOCTEST_CHECK(same_grid(a, b));
    DOCTEST_CHECK(grid_difference(a, b).empty());
    b.origin[2] += 0.009;
    DOCTEST_CHECK(same_grid(a, b, grid_rounding));
    b.origin[2] += 1.2;
    DOCTEST_CHECK(grid_difference(a, b) == "corner 1.209 mm apart");
    b = a;
    b.spacing[1] = 1.001;  // 0.05 mm at the far end of 50 voxels
    DOCTEST_CHECK(corner_distance(a, b) == doctest::Approx(0.0495));
    DOCTEST_CHECK(same_grid(a, b));
    DOCTEST_CHECK_FALSE(same_grid(a, b, grid_rounding));
    b.spacing[1] = 1.0025;
    DOCTEST_CHECK_FALSE(same_grid(a, b));
    b.size = {35, 51, 35};
    DOCTEST_CHECK(grid_difference(a, b) == "size 35x50x36 (x, y, z) against 35x51x35 (x, y, z)");
    b.origin[0] = NAN;
    b.size = a.size;
    DOCTEST_CHECK_FALSE(same_grid(a, b));
  }

  DOCTEST_TEST_CASE("grids are one up to a tenth of the smallest voxel edge, however large the voxels are") {
    Random random({6, "drift"});
    for (const double scale : {0.05, 1.0, 7.0}) {
      Affine affine = random_affine(random);
      for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) affine[row][column] *= scale;
      const Geometry grid = geometry_of(affine, {9, 10, 11});
      const double edge = *std::min_element(grid.spacing.begin(), grid.spacing.end());
      for (const double share : {0.009, 0.02, 0.099, 0.101, 0.5}) {
        Geometry moved = grid;
        moved.origin[1] += share * edge;
        DOCTEST_CHECK(same_grid(grid, moved) == (share < 0.1));
        DOCTEST_CHECK(same_grid(moved, grid, grid_rounding) == (share < 0.01));
      }
    }
  }

  DOCTEST_TEST_CASE("every one of the 48 orientations becomes canonical and no voxel moves in the world") {
    Geometry canonical;
    canonical.size = {4, 5, 6};
    canonical.spacing = {1, 2, 3};
    canonical.origin = {-7, 8, 9};
    for (const AxisOrder& turn : all_orientations()) {
      const Geometry turned = reordered(canonical, turn);
      const Geometry back = reordered(turned, canonical_order(turned));
      DOCTEST_CHECK(back.size == canonical.size);
      DOCTEST_CHECK(largest_difference(affine_of(back), affine_of(canonical)) < 1e-12);
      for (int axis = 0; axis < 3; ++axis)
        DOCTEST_CHECK(turned.size[axis] == canonical.size[turn.axis[axis]]);
    }
  }

  DOCTEST_TEST_CASE("arrange permutes the canonical axes") {
    Geometry canonical;
    canonical.size = {4, 5, 6};
    for (const AxisOrder& turn : all_orientations()) {
      const Geometry turned = reordered(canonical, turn);
      const Geometry arranged = reordered(turned, canonical_order(turned, {1, 2, 0}));
      DOCTEST_CHECK(arranged.size == std::array<int64_t, 3>{5, 6, 4});
    }
  }

  DOCTEST_TEST_CASE("axes are assigned all at once: an oblique grid never uses one world direction twice") {
    Random random({2, "oblique"});
    for (int i = 0; i < 200; ++i) {
      const AxisOrder order = canonical_order(geometry_of(random_affine(random), {2, 2, 2}));
      auto axes = order.axis;
      std::sort(axes.begin(), axes.end());
      DOCTEST_CHECK(axes == std::array<int, 3>{0, 1, 2});
    }
  }

  DOCTEST_TEST_CASE("cropping moves the origin to the box's first voxel") {
    Random random({3, "crop"});
    const Affine affine = random_affine(random);
    const Geometry part = cropped(geometry_of(affine, {10, 10, 10}), {{2, 3, 4}, {9, 8, 7}});
    DOCTEST_CHECK(part.size == std::array<int64_t, 3>{7, 5, 3});
    const auto expected = world(affine, 4, 3, 2);
    for (int row = 0; row < 3; ++row) DOCTEST_CHECK(part.origin[row] == doctest::Approx(expected[row]));
  }

  DOCTEST_TEST_CASE("resizing keeps the outer edges of the grid") {
    Random random({4, "resize"});
    const Affine affine = random_affine(random);
    const Geometry fine = resized(geometry_of(affine, {10, 12, 14}), {25, 6, 14});
    for (const double side : {0.0, 1.0}) {
      const auto before = world(affine, side * 14 - 0.5, side * 12 - 0.5, side * 10 - 0.5);
      const auto after = world(affine_of(fine), side * 14 - 0.5, side * 6 - 0.5, side * 25 - 0.5);
      for (int row = 0; row < 3; ++row) DOCTEST_CHECK(before[row] == doctest::Approx(after[row]));
    }
  }
}

}  // namespace tazuna
