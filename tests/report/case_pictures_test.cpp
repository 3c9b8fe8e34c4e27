// SPDX-License-Identifier: Apache-2.0
#include "report/case_pictures.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// A cube of label 1, predicted one voxel off towards the right, in a grid of 1 mm in canonical order.
CaseVolumes cube(const std::array<int64_t, 3>& size = {40, 48, 56}) {
  CaseVolumes volumes;
  volumes.image.geometry.size = size;
  volumes.image.voxels =
      at::arange(size[0] * size[1] * size[2], at::kFloat).view({1, size[0], size[1], size[2]});
  volumes.reference = at::zeros(size, at::kInt);
  volumes.reference.narrow(0, size[0] / 2, 1 + size[0] / 8).narrow(1, 20, 4).narrow(2, 20, 4).fill_(1);
  volumes.predicted = volumes.reference.roll(1, 2);
  volumes.structures = {{"cube", 1}};
  return volumes;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

DOCTEST_TEST_SUITE("report/case_pictures") {
  DOCTEST_TEST_CASE("three planes go through the structure, each with both outlines and one image") {
    const CasePictures pictures = draw_case(cube(), 1'000'000);
    DOCTEST_REQUIRE(pictures.planes.size() == 3);
    DOCTEST_CHECK(pictures.planes[0].name == "axial slice 21 of 40");
    DOCTEST_CHECK(pictures.planes[1].name.starts_with("coronal slice 2"));
    DOCTEST_CHECK(pictures.planes[2].name.starts_with("sagittal slice 2"));
    for (const SlicePicture& plane : pictures.planes) {
      DOCTEST_CHECK(count(plane.svg, "class=\"predicted\"") == 1);
      DOCTEST_CHECK(count(plane.svg, "class=\"reference\"") == 1);
      DOCTEST_CHECK(count(plane.svg, "data:image/png;base64,") == 1);
      DOCTEST_CHECK(plane.svg.ends_with("</svg>"));
    }
  }

  DOCTEST_TEST_CASE("the patient's right is on the left: a step to the right moves the outline to the left") {
    // Columns 8 to 36 are shown, reversed: the reference (20 to 23) begins at pixel 13, the prediction at 12.
    const std::string svg = draw_case(cube(), 1'000'000).planes[0].svg;
    const auto start = [&svg](const std::string& style) {
      const size_t at = svg.find("d=\"M", svg.find("class=\"" + style + "\"")) + 4;
      return svg.substr(at, svg.find('h', at) - at);
    };
    DOCTEST_CHECK(start("predicted") == "12 12");
    DOCTEST_CHECK(start("reference") == "13 12");
  }

  DOCTEST_TEST_CASE("a grid stored in another order and direction gives the same picture") {
    const CaseVolumes canonical = cube();
    CaseVolumes turned = canonical;
    // Axes x, z, y with x reversed: what lay at world position p lies there still.
    const auto turn = [](const Tensor& map) { return map.permute({2, 0, 1}).flip({0}).contiguous(); };
    turned.image.voxels = turn(canonical.image.voxels[0]).unsqueeze(0);
    turned.predicted = turn(canonical.predicted);
    turned.reference = turn(canonical.reference);
    Geometry& grid = turned.image.geometry;
    grid.size = {56, 40, 48};
    grid.direction = {-1, 0, 0, 0, 0, 1, 0, 1, 0};
    grid.origin = {55, 0, 0};
    for (size_t plane = 0; plane < 3; ++plane)
      DOCTEST_CHECK(draw_case(turned, 1'000'000).planes[plane].svg ==
                    draw_case(canonical, 1'000'000).planes[plane].svg);
  }

  DOCTEST_TEST_CASE(
      "the stack runs across the thickest voxels, holds the fullest slice and keeps to its size") {
    CaseVolumes volumes = cube({200, 48, 56});
    volumes.image.geometry.spacing = {3, 1, 1};
    const CasePictures pictures = draw_case(volumes, 29 * 29 * 10);
    DOCTEST_CHECK(pictures.stack.size() >= 8);
    DOCTEST_CHECK(pictures.stack.size() <= 12);
    DOCTEST_REQUIRE(pictures.middle < pictures.stack.size());
    DOCTEST_CHECK(pictures.stack[pictures.middle].name == pictures.planes[0].name);
    volumes.image.geometry.spacing = {1, 1, 4};
    DOCTEST_CHECK(draw_case(volumes, 1'000'000).stack.front().name.starts_with("sagittal"));
  }

  DOCTEST_TEST_CASE(
      "a case without structures, with other labels, without contrast or of one slice is drawn") {
    CaseVolumes empty = cube();
    empty.predicted.zero_();
    empty.reference.fill_(7);  // a label of another task
    empty.image.voxels.fill_(3);
    const CasePictures pictures = draw_case(empty, 1'000'000);
    DOCTEST_REQUIRE(pictures.planes.size() == 3);
    DOCTEST_CHECK(pictures.planes[0].name == "axial slice 21 of 40");
    DOCTEST_CHECK(count(pictures.planes[0].svg, "<path") == 0);

    CaseVolumes flat = cube({1, 48, 56});
    const CasePictures single = draw_case(flat, 1'000'000);
    DOCTEST_CHECK(single.planes.size() == 1);
    DOCTEST_CHECK(single.stack.empty());
  }

  DOCTEST_TEST_CASE("maps of another size are an Error") {
    CaseVolumes volumes = cube();
    volumes.predicted = at::zeros({3, 3, 3}, at::kInt);
    DOCTEST_CHECK_THROWS_AS(draw_case(volumes, 1000), Error);
  }
}

}  // namespace
}  // namespace tazuna
