// SPDX-License-Identifier: Apache-2.0
#include "experiment/saliency_boxes.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "experiment/occlusion.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Tensor inside(const Box& box, const std::array<int64_t, 3>& size) {
  Tensor region = at::zeros(at::IntArrayRef(size), at::kShort);
  region.slice(0, box.low[0], box.high[0])
      .slice(1, box.low[1], box.high[1])
      .slice(2, box.low[2], box.high[2])
      .fill_(1);
  return region;
}

DOCTEST_TEST_SUITE("experiment/saliency_boxes") {
  DOCTEST_TEST_CASE("boxes fill the grid without gap or overlap, are few enough and near to cubes") {
    const struct {
      std::array<int64_t, 3> size;
      std::array<double, 3> spacing;
      int64_t most, boxes;
    } rows[] = {{{36, 36, 36}, {1, 1, 1}, 216, 216},  {{36, 36, 36}, {1, 1, 1}, 215, 125},
                {{1, 140, 140}, {5, 1, 1}, 216, 196}, {{12, 36, 36}, {3, 1, 1}, 216, 216},
                {{2, 2, 2}, {1, 1, 1}, 216, 8},       {{9, 10, 11}, {1, 1, 1}, 1, 1}};
    for (const auto& row : rows) {
      const auto boxes = boxes_of(row.size, row.spacing, row.most);
      Tensor covered = at::zeros(at::IntArrayRef(row.size), at::kShort);
      for (const Box& box : boxes) covered += inside(box, row.size);
      DOCTEST_CHECK(covered.eq(1).all().item<bool>());
      DOCTEST_CHECK(static_cast<int64_t>(boxes.size()) == row.boxes);
    }
  }

  DOCTEST_TEST_CASE("a box is filled as --occlude-region fills a region") {
    const Tensor image = at::arange(2 * 10 * 11 * 12, at::kFloat).reshape({2, 10, 11, 12}).sin();
    for (const Box& box :
         {Box{{4, 4, 4}, {6, 7, 8}}, Box{{0, 0, 0}, {3, 3, 3}}, Box{{8, 0, 9}, {10, 11, 12}}}) {
      const Tensor expected = with_region_filled(image, inside(box, {10, 11, 12}).to(at::kBool));
      DOCTEST_CHECK(with_box_filled(image, box).sub(expected).abs().max().item<double>() < 1e-5);
    }
    DOCTEST_CHECK(at::equal(with_box_filled(image, {{0, 0, 0}, {10, 11, 12}}), image));
  }

  DOCTEST_TEST_CASE("contrast is more than one value in a channel") {
    Tensor image = at::zeros({2, 6, 6, 6});
    image[1].fill_(3);
    DOCTEST_CHECK_FALSE(has_contrast(image, {{0, 0, 0}, {6, 6, 6}}));
    image[1][2][2][2] = 4;
    DOCTEST_CHECK(has_contrast(image, {{2, 2, 2}, {4, 4, 4}}));
    DOCTEST_CHECK_FALSE(has_contrast(image, {{3, 2, 2}, {6, 6, 6}}));
  }

  DOCTEST_TEST_CASE(
      "the native voxels of a box lie where the box lies, whatever order and flips the case has") {
    Placement placement;
    placement.native.size = {20, 14, 16};
    placement.axes = {{2, 0, 1}, {true, false, true}};
    placement.crop = {{2, 4, 2}, {14, 16, 10}};
    for (const std::array<int64_t, 3>& size :
         {std::array<int64_t, 3>{12, 12, 8}, std::array<int64_t, 3>{24, 6, 4}}) {
      placement.working.size = size;
      for (const Box& box : boxes_of(size, {1, 1, 1}, 8)) {
        const Tensor native = inside(native_box(box, placement), placement.native.size);
        DOCTEST_CHECK(at::equal(region_on_working_grid(native, placement), inside(box, size).to(at::kBool)));
      }
    }
  }
}

}  // namespace
}  // namespace tazuna
