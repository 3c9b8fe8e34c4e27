// SPDX-License-Identifier: Apache-2.0
#include "phantom/scanner.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <set>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Half deep grey, half the pair's tissue.
Painted two_halves() {
  const Geometry geometry{.size = {40, 40, 40}};
  Painted painted{geometry, at::zeros({static_cast<int64_t>(tissue_count), 40, 40, 40}, at::kByte),
                  at::zeros({0, 40, 40, 40}, at::kByte)};
  painted.tissues[static_cast<int64_t>(Tissue::deep_grey)].slice(0, 0, 20).fill_(64);
  painted.tissues[static_cast<int64_t>(Tissue::pair)].slice(0, 20, 40).fill_(64);
  return painted;
}

DOCTEST_TEST_SUITE("phantom/scanner") {
  DOCTEST_TEST_CASE("the pair differs from its surround by the stated number of noise sds") {
    for (const char* field : {"3T", "7T"}) {
      const Preset preset = preset_of("habenula", field);
      double contrast = 0;
      constexpr int images = 20;
      for (int64_t number = 0; number < images; ++number) {
        const Scanner scanner = draw_scanner(Random({number, "site"}));
        const Tensor image = scan(two_halves(), preset.sequences[0], scanner, preset.pair_contrast,
                                  Random({number, "scan"}))[0];
        // Close to the border the receive field is the same on both sides.
        const Tensor grey = image[19], pair = image[20];
        const Tensor pixels = image.slice(0, 18, 20);
        const double sd = (pixels[0] - pixels[1]).std().item<double>() / std::sqrt(2.0);
        contrast += (pair.mean() - grey.mean()).item<double>() / sd / images;
      }
      DOCTEST_CHECK(contrast == doctest::Approx(preset.pair_contrast).epsilon(0.06));
      DOCTEST_CHECK(preset.pair_contrast == (field == std::string("3T") ? 1.5 : 3));
    }
  }

  DOCTEST_TEST_CASE("without signal the noise is Rayleigh's") {
    Painted painted = two_halves();
    painted.tissues.zero_();
    painted.tissues[static_cast<int64_t>(Tissue::air)].fill_(64);
    const Sequence sequence{"T1w", "anat", {}, 1000};
    const Tensor image = scan(painted, sequence, {}, 0, Random({1, "scan"}));
    const double mean = image.mean().item<double>(), sd = image.std().item<double>();
    DOCTEST_CHECK(mean / sd == doctest::Approx(1.9131).epsilon(0.01));
  }

  DOCTEST_TEST_CASE("grids show the middle of the view in every order and direction of axes") {
    const Preset preset = preset_of("habenula", "7T");
    std::set<std::string> orders;
    int left_handed = 0;
    for (int64_t number = 0; number < 600; ++number) {
      const Geometry grid = draw_grid(preset, 0.7, Random({number, "grid"}));
      const AxisOrder order = canonical_order(grid);
      std::string text;
      for (int axis = 0; axis < 3; ++axis)
        text += std::to_string(order.axis[axis]) + (order.flip[axis] ? "-" : "+");
      orders.insert(text);
      std::array<double, 3> middle = grid.origin;
      for (int row = 0; row < 3; ++row)
        for (int axis = 0; axis < 3; ++axis)
          middle[row] += 0.5 * static_cast<double>(grid.size[axis] - 1) * grid.spacing[axis] *
                         grid.direction[3 * row + axis];
      const Point off = Point{middle[0], middle[1], middle[2]} - preset.view_centre;
      DOCTEST_CHECK(length(off) < 4);
      for (const double spacing : grid.spacing) {
        DOCTEST_CHECK(spacing > 0.65);
        DOCTEST_CHECK(spacing < 0.85);
      }
      const Affine a = affine_of(grid);
      left_handed += a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
                         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
                         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]) <
                     0;
    }
    DOCTEST_CHECK(orders.size() == 48);
    DOCTEST_CHECK(left_handed > 200);
    DOCTEST_CHECK(left_handed < 400);
  }
}

}  // namespace
}  // namespace tazuna
