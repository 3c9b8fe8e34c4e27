// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include "core/random.hpp"
#include "image/volume.hpp"
#include "tests/image/jpeg_bytes.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr unsigned width = 37, height = 22;

/// A smooth picture, so that the coding loses little; `channels` equal values a pixel.
std::vector<uint8_t> smooth_pixels(int channels) {
  std::vector<uint8_t> pixels;
  for (unsigned y = 0; y < height; ++y) {
    for (unsigned x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) pixels.push_back(static_cast<uint8_t>(3 * x + 5 * y));
    }
  }
  return pixels;
}

Tensor expected_pixels() {
  return at::arange(height, at::kFloat).view({1, 1, -1, 1}) * 5 + at::arange(width, at::kFloat) * 3;
}

}  // namespace

DOCTEST_TEST_SUITE("image/jpeg_file") {
  DOCTEST_TEST_CASE("grey JPEGs and colour ones of equal channels become one slice of grey values") {
    const ScratchFolder folder;
    for (const int channels : {1, 3}) {
      for (const bool progressive : {false, true}) {
        for (const char* name : {"a.jpg", "a.JPEG"}) {
          const auto file = folder.path() / name;
          write_atomically(file, jpeg_bytes(width, height, channels, smooth_pixels(channels), progressive));
          DOCTEST_CHECK(is_image_name(file));
          DOCTEST_CHECK(image_stem(file) == "a");
          const ImageFile image = read_image(file);
          DOCTEST_CHECK((image.volume.voxels.sizes() == at::IntArrayRef({1, 1, height, width})));
          DOCTEST_CHECK((image.volume.voxels - expected_pixels()).abs().max().item<float>() <= 2);
          DOCTEST_CHECK(image.header.format == "jpeg");
          DOCTEST_CHECK(image.dtype == "uint8");
          DOCTEST_CHECK((image.volume.geometry.spacing == std::array<double, 3>{1, 1, 1}));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("colour, labels and what is no JPEG are refused by name") {
    const ScratchFolder folder;
    std::vector<uint8_t> coloured = smooth_pixels(3);
    for (size_t i = 0; i < coloured.size(); i += 3) coloured[i] = 250;
    const auto file = folder.path() / "a.jpg";
    write_atomically(file, jpeg_bytes(width, height, 3, coloured));
    DOCTEST_CHECK(says(refusal_of([&] { read_image(file); }), "a.jpg: JPEG: pixel (0, 0) is coloured"));
    write_atomically(file, jpeg_bytes(width, height, 1, smooth_pixels(1)));
    DOCTEST_CHECK(says(refusal_of([&] { read_labels(file); }), "cannot hold labels"));
    for (const char* text : {"", "hello", "\xff\xd8"}) {
      write_atomically(file, std::string_view(text));
      DOCTEST_CHECK(says(refusal_of([&] { read_image(file); }), "a.jpg: JPEG: "));
    }
  }

  DOCTEST_TEST_CASE(
      "a JPEG that was cut short anywhere is refused, none reads as an image with a grey rest") {
    const ScratchFolder folder;
    const auto file = folder.path() / "a.jpg";
    for (const bool progressive : {false, true}) {
      const Bytes whole = jpeg_bytes(width, height, 1, smooth_pixels(1), progressive);
      for (size_t length = 0; length + 1 < whole.size(); length += 7) {
        DOCTEST_CAPTURE(length);
        write_atomically(file, std::span(whole).first(length));
        DOCTEST_CHECK(!refusal_of([&] { read_image(file); }).empty());
      }
    }
  }

  DOCTEST_TEST_CASE("no flipped bit of a JPEG ends the program") {
    const ScratchFolder folder;
    const auto file = folder.path() / "a.jpg";
    Random random({5, "jpeg"});
    for (const bool progressive : {false, true}) {
      Bytes bytes = jpeg_bytes(width, height, 3, smooth_pixels(3), progressive);
      for (int i = 0; i < 300; ++i) {
        const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
        const auto bit = std::byte{1} << static_cast<int>(random.below(8));
        bytes[at] ^= bit;
        write_atomically(file, bytes);
        refusal_of([&] { read_image(file); });
        bytes[at] ^= bit;
      }
    }
  }
}

}  // namespace tazuna
