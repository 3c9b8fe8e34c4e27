// SPDX-License-Identifier: Apache-2.0
#include "image/picture.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/error.hpp"
#include "image/png.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr Colour red{255, 0, 0}, black{0, 0, 0};

Colour pixel(const Picture& picture, int64_t x, int64_t y) {
  const auto* at = picture.rgb.data() + 3 * (y * picture.width + x);
  return {at[0], at[1], at[2]};
}

int64_t count(const Picture& picture, const Colour& colour) {
  int64_t found = 0;
  for (int64_t y = 0; y < picture.height; ++y)
    for (int64_t x = 0; x < picture.width; ++x) found += pixel(picture, x, y) == colour;
  return found;
}

Picture dark(int64_t rows, int64_t columns, std::array<int64_t, 2> zoom) {
  return grey_picture(at::zeros({rows, columns}), 0, 1, zoom);
}

/// A square of 2x2 voxels labelled 1 in a slice of 4x4.
Tensor square() {
  Tensor labels = at::zeros({4, 4}, at::kShort);
  labels.narrow(0, 1, 2).narrow(1, 1, 2).fill_(1);
  return labels;
}

DOCTEST_TEST_SUITE("image/picture") {
  DOCTEST_TEST_CASE("grey runs from black at the low value to white at the high one, clipped; NaN is black") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    const Tensor slice = at::tensor({-5.0, 10.0, 15.0, 20.0, 99.0, nan, inf, -inf}, at::kDouble).view({2, 4});
    const Picture picture = grey_picture(slice, 10, 20, {1, 1});
    const std::vector<int> expected{0, 0, 128, 255, 255, 0, 255, 0};
    for (int64_t i = 0; i < 8; ++i) {
      const auto grey = static_cast<uint8_t>(expected[static_cast<size_t>(i)]);
      DOCTEST_CHECK(pixel(picture, i % 4, i / 4) == Colour{grey, grey, grey});
    }
  }

  DOCTEST_TEST_CASE("an image of one value has a picture") {
    DOCTEST_CHECK(count(grey_picture(at::full({3, 2}, 7.0), 7, 7, {1, 1}), black) == 6);
  }

  DOCTEST_TEST_CASE("a voxel becomes zoom rows by zoom columns of pixels") {
    const Picture picture = grey_picture(at::tensor({0.0, 1.0}).view({1, 2}), 0, 1, {3, 2});
    DOCTEST_CHECK(picture.width == 4);
    DOCTEST_CHECK(picture.height == 3);
    for (int64_t y = 0; y < 3; ++y)
      for (int64_t x = 0; x < 4; ++x) DOCTEST_CHECK(pixel(picture, x, y)[0] == (x < 2 ? 0 : 255));
  }

  DOCTEST_TEST_CASE("an outline lies inside its label and leaves the inside and the outside alone") {
    Picture picture = dark(4, 4, {5, 5});
    draw_outlines(picture, square(), {5, 5}, false, &red);
    DOCTEST_CHECK(count(picture, red) == 4 * 9);  // the border of 10x10 pixels
    for (int64_t i = 5; i < 15; ++i) {
      DOCTEST_CHECK(pixel(picture, i, 5) == red);
      DOCTEST_CHECK(pixel(picture, i, 14) == red);
      DOCTEST_CHECK(pixel(picture, 5, i) == red);
      DOCTEST_CHECK(pixel(picture, 14, i) == red);
    }
  }

  DOCTEST_TEST_CASE("a dashed outline is a part of the solid one, about half of it") {
    Picture solid = dark(4, 4, {6, 6}), dashed = dark(4, 4, {6, 6});
    draw_outlines(solid, square(), {6, 6}, false, &red);
    draw_outlines(dashed, square(), {6, 6}, true, &red);
    for (int64_t y = 0; y < 24; ++y)
      for (int64_t x = 0; x < 24; ++x)
        if (pixel(dashed, x, y) == red) DOCTEST_CHECK(pixel(solid, x, y) == red);
    const double share = static_cast<double>(count(dashed, red)) / static_cast<double>(count(solid, red));
    DOCTEST_CHECK(share > 0.35);
    DOCTEST_CHECK(share < 0.65);
  }

  DOCTEST_TEST_CASE("neighbouring labels both show their own colour, at the rim of the image too") {
    Picture picture = dark(1, 2, {3, 3});
    draw_outlines(picture, at::tensor({1, 2}, at::kInt).view({1, 2}), {3, 3});
    DOCTEST_CHECK(count(picture, label_colour(1)) == 8);
    DOCTEST_CHECK(count(picture, label_colour(2)) == 8);
    DOCTEST_CHECK(pixel(picture, 2, 1) == label_colour(1));
    DOCTEST_CHECK(pixel(picture, 3, 1) == label_colour(2));
  }

  DOCTEST_TEST_CASE("eight labels have eight colours that are neither black nor grey but for white") {
    std::set<Colour> colours;
    for (int64_t label = 1; label <= 8; ++label) colours.insert(label_colour(label));
    DOCTEST_CHECK(colours.size() == 8);
    DOCTEST_CHECK(!colours.contains(black));
    DOCTEST_CHECK(label_colour(9) == label_colour(1));
    DOCTEST_CHECK_THROWS_AS(label_colour(0), Error);
  }

  DOCTEST_TEST_CASE("a contact sheet centres each picture in a cell of the largest") {
    const std::vector<Picture> pictures{grey_picture(at::ones({3, 5}), 0, 1, {1, 1}),
                                        grey_picture(at::ones({1, 1}), 0, 1, {1, 1}),
                                        grey_picture(at::ones({1, 5}), 0, 1, {1, 1})};
    const Picture sheet = contact_sheet(pictures, 2, 2, red);
    DOCTEST_CHECK(sheet.width == 12);
    DOCTEST_CHECK(sheet.height == 8);
    const Colour white{255, 255, 255};
    DOCTEST_CHECK(count(sheet, white) == 15 + 1 + 5);
    DOCTEST_CHECK(count(sheet, red) == 12 * 8 - 21);
    DOCTEST_CHECK(pixel(sheet, 9, 1) == white);  // the single pixel in the cell from (7, 0) to (11, 2)
    for (int64_t x = 0; x < 5; ++x) DOCTEST_CHECK(pixel(sheet, x, 6) == white);
    const Picture narrow = contact_sheet(pictures, 9, 0, red);
    DOCTEST_CHECK(narrow.width == 15);
    DOCTEST_CHECK(narrow.height == 3);
  }

  DOCTEST_TEST_CASE("a grey picture's PNG reads back as its values, a coloured one says three channels") {
    const Tensor slice = at::arange(12, at::kDouble).view({3, 4});
    Picture picture = grey_picture(slice, 0, 11, {2, 1});
    const PngPixels back = decode_png(encode_png(picture), false);
    DOCTEST_REQUIRE(back.width == 4);
    DOCTEST_REQUIRE(back.height == 6);
    for (size_t i = 0; i < 24; ++i)
      DOCTEST_CHECK(std::to_integer<uint8_t>(back.bytes[i]) == picture.rgb[3 * i]);
    picture.rgb[0] = 255;
    const auto file = encode_png(picture);
    DOCTEST_CHECK(std::to_integer<int>(file[25]) == 2);  // IHDR: colour type RGB
  }

  DOCTEST_TEST_CASE("what does not fit together is an Error") {
    Picture picture = dark(4, 4, {2, 2});
    DOCTEST_CHECK_THROWS_AS(draw_outlines(picture, square(), {2, 3}), Error);
    DOCTEST_CHECK_THROWS_AS(grey_picture(at::zeros({2, 2, 2}), 0, 1, {1, 1}), Error);
    DOCTEST_CHECK_THROWS_AS(grey_picture(at::zeros({2, 2}), 0, 1, {0, 1}), Error);
    DOCTEST_CHECK_THROWS_AS(contact_sheet({}, 1, 0, black), Error);
    picture.rgb.pop_back();
    DOCTEST_CHECK_THROWS_AS(encode_png(picture), Error);
  }
}

}  // namespace
}  // namespace tazuna
