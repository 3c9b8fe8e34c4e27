// SPDX-License-Identifier: Apache-2.0
#include "metrics/volume.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Geometry grid_of(float z, float y, float x) {
  Geometry grid;
  grid.spacing = {z, y, x};
  return grid;
}

DOCTEST_TEST_SUITE("metrics/volume") {
  DOCTEST_TEST_CASE("volumes show nothing of the float32 in which headers hold spacings") {
    DOCTEST_CHECK(volume_mm3(408, grid_of(1, 1, 1)) == 408);
    DOCTEST_CHECK(volume_mm3(408, grid_of(0.8F, 0.8F, 0.8F)) == 208.896);
    DOCTEST_CHECK(volume_mm3(1000, grid_of(1.2F, 0.9F, 0.9F)) == 972);
    DOCTEST_CHECK(volume_mm3(2411299, grid_of(0.8F, 0.8F, 0.8F)) == 1234585.088);
    DOCTEST_CHECK(volume_mm3(1000, grid_of(1.2F, 0.5F, 0.7F)) == 420);
  }

  DOCTEST_TEST_CASE("every volume stays within float32 of voxels times voxel volume") {
    for (const auto& grid : {grid_of(1.2F, 0.4296875F, 0.4296875F), grid_of(0.73F, 3.3F, 1 / 3.0F),
                             grid_of(1e-3F, 1e-3F, 1e-3F), grid_of(123.456F, 1, 7.7F)}) {
      for (const int64_t voxels : {1, 7, 12345, 98765432}) {
        const double exact = static_cast<double>(voxels) * voxel_volume(grid);
        DOCTEST_CHECK(std::abs(volume_mm3(voxels, grid) - exact) <= 2.5e-7 * exact);
        DOCTEST_CHECK(volume_mm3(-voxels, grid) == -volume_mm3(voxels, grid));
      }
      DOCTEST_CHECK(volume_mm3(0, grid) == 0);
    }
  }

  DOCTEST_TEST_CASE("significant digits are counted from the first that is not 0") {
    DOCTEST_CHECK(significant(1234.5678, 6) == 1234.57);
    DOCTEST_CHECK(significant(0.00123456789, 3) == 0.00123);
    DOCTEST_CHECK(significant(-9.9996, 4) == -10);
    DOCTEST_CHECK(significant(0, 4) == 0);
    DOCTEST_CHECK(std::isnan(significant(std::nan(""), 4)));
    DOCTEST_CHECK(std::isinf(significant(std::numeric_limits<double>::infinity(), 4)));
  }
}

}  // namespace
}  // namespace tazuna
