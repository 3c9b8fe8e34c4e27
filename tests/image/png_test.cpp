// SPDX-License-Identifier: Apache-2.0
#include "image/png.hpp"

#include "core/error.hpp"
#include "tests/refusal.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Pixel (x, y) has the value 16 y + x in each of `channels`.
std::vector<std::byte> grey_rows(uint32_t width, uint32_t height, int channels) {
  std::vector<std::byte> rows;
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x)
      rows.insert(rows.end(), channels, static_cast<std::byte>(16 * y + x));
  }
  return rows;
}

}  // namespace

DOCTEST_TEST_SUITE("image/png") {
  DOCTEST_TEST_CASE("grey and colour pictures of equal channels come back as their grey values") {
    for (const int channels : {1, 3}) {
      const auto rows = grey_rows(7, 5, channels);
      const PngPixels pixels = decode_png(encode_png(7, 5, 8, rows, channels), false);
      DOCTEST_CHECK(pixels.width == 7);
      DOCTEST_CHECK(pixels.height == 5);
      DOCTEST_CHECK(pixels.bits == 8);
      const auto expected = grey_rows(7, 5, 1);
      DOCTEST_CHECK(std::equal(expected.begin(), expected.end(), pixels.bytes.get()));
    }
  }

  DOCTEST_TEST_CASE("a coloured picture is written as such, which no image may be") {
    auto rows = grey_rows(7, 5, 3);
    rows[3 * 9 + 1] = std::byte{200};
    const auto file = encode_png(7, 5, 8, rows, 3);
    DOCTEST_CHECK(file.at(25) == std::byte{2});  // colour type of the IHDR chunk
    DOCTEST_CHECK(says(refusal_of([&] { decode_png(file, false); }), "pixel (2, 1) is coloured"));
  }

  DOCTEST_TEST_CASE("rows of another length and unknown kinds of pixels are errors") {
    const auto rows = grey_rows(7, 5, 1);
    DOCTEST_CHECK_THROWS_WITH_AS(encode_png(7, 6, 8, rows), doctest::Contains("needs 42 bytes; it got 35"),
                                 Error);
    DOCTEST_CHECK_THROWS_AS(encode_png(7, 5, 16, rows), Error);
    DOCTEST_CHECK_THROWS_AS(encode_png(7, 5, 8, rows, 2), Error);
    DOCTEST_CHECK_THROWS_AS(encode_png(7, 5, 16, grey_rows(7, 5, 6), 3), Error);
    DOCTEST_CHECK_THROWS_AS(encode_png(0, 0, 8, {}), Error);
  }
}

}  // namespace tazuna
