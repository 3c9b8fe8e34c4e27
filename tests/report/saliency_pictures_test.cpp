// SPDX-License-Identifier: Apache-2.0
#include "report/saliency_pictures.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

Volume image_of(const std::array<int64_t, 3>& size) {
  Volume image;
  image.geometry.size = size;
  image.voxels = at::arange(size[0] * size[1] * size[2], at::kFloat).view({1, size[0], size[1], size[2]});
  return image;
}

/// Four boxes side by side along x in a grid of 10 x 12 x 20, of which the third is the strongest.
std::vector<BoxChange> four_boxes() {
  std::vector<BoxChange> changes;
  for (int64_t i = 0; i < 4; ++i)
    changes.push_back({{{2, 0, 4 * i}, {8, 12, 4 * i + 4}}, i == 2 ? -2.0 : 0.5 * static_cast<double>(i)});
  return changes;
}

DOCTEST_TEST_SUITE("report/saliency_pictures") {
  DOCTEST_TEST_CASE(
      "planes go through the strongest box, show every box they cut and no more than the boxes") {
    const auto planes = draw_changes(image_of({10, 12, 20}), four_boxes(), "log-odds of III");
    DOCTEST_REQUIRE(planes.size() == 3);
    DOCTEST_CHECK(planes[0].name == "axial slice 6 of 10");
    DOCTEST_CHECK(planes[2].name == "sagittal slice 11 of 20");
    DOCTEST_CHECK(count(planes[0].svg, "<rect") == 4);
    DOCTEST_CHECK(count(planes[1].svg, "<rect") == 4);
    DOCTEST_CHECK(count(planes[2].svg, "<rect") == 1);
    // The patient's right is on the left: the box with the lowest x stands last.
    const size_t boxes = planes[0].svg.find("<g shape"), end = planes[0].svg.find("</g>");
    DOCTEST_CHECK(attribute_values(planes[0].svg.substr(boxes, end - boxes), "x") ==
                  std::vector<double>{12, 8, 4, 0});
  }

  DOCTEST_TEST_CASE(
      "a box that lowers the answer is blue, one that raises it orange, the strongest the densest") {
    const std::string svg = draw_changes(image_of({10, 12, 20}), four_boxes(), "answer")[0].svg;
    DOCTEST_CHECK(count(svg, "#4aa3ff\" fill-opacity=\"0.64\"><title>−2.00</title>") == 1);
    DOCTEST_CHECK(count(svg, "#ff8c1a\" fill-opacity=\"0.16\"><title>+0.50</title>") == 1);
    DOCTEST_CHECK(count(svg, "fill-opacity=\"0\"") == 1);
  }

  DOCTEST_TEST_CASE("a grid stored in another order and direction gives the same picture") {
    const Volume canonical = image_of({10, 12, 20});
    Volume turned;  // axes x, z, y with x reversed
    turned.voxels = canonical.voxels[0].permute({2, 0, 1}).flip({0}).contiguous().unsqueeze(0);
    turned.geometry.size = {20, 10, 12};
    turned.geometry.direction = {-1, 0, 0, 0, 0, 1, 0, 1, 0};
    turned.geometry.origin = {19, 0, 0};
    std::vector<BoxChange> changes;
    for (const BoxChange& one : four_boxes()) {
      const auto &low = one.box.low, &high = one.box.high;
      changes.push_back({{{20 - high[2], low[0], low[1]}, {20 - low[2], high[0], high[1]}}, one.change});
    }
    const auto expected = draw_changes(canonical, four_boxes(), "answer"),
               planes = draw_changes(turned, changes, "answer");
    for (size_t i = 0; i < 3; ++i) DOCTEST_CHECK((planes[i].svg == expected[i].svg));
  }

  DOCTEST_TEST_CASE("a slice has one plane; boxes that change nothing are drawn without colour") {
    const std::vector<BoxChange> still{{{{0, 0, 0}, {1, 6, 6}}, 0}, {{{0, 6, 0}, {1, 12, 6}}, 0}};
    const auto planes = draw_changes(image_of({1, 12, 20}), still, "answer");
    DOCTEST_REQUIRE(planes.size() == 1);
    DOCTEST_CHECK(count(planes[0].svg, "fill-opacity=\"0\"") == 2);
    expect_inside(change_scale(0, "answer"));
  }

  DOCTEST_TEST_CASE("the scale runs from minus to plus the greatest change and says what changes") {
    const std::string svg = change_scale(greatest_change(four_boxes()), "answer (years)");
    expect_inside(svg);
    for (const char* part : {">−2.00<", ">+2.00<", ">change of the answer (years) when a box is filled in<"})
      DOCTEST_CHECK_MESSAGE(count(svg, part) == 1, part);
  }

  DOCTEST_TEST_CASE("no box, and one outside the image, are an Error") {
    DOCTEST_CHECK_THROWS_AS(draw_changes(image_of({10, 12, 20}), {}, "answer"), Error);
    DOCTEST_CHECK_THROWS_AS(draw_changes(image_of({10, 12, 12}), four_boxes(), "answer"), Error);
  }
}

}  // namespace
}  // namespace tazuna
