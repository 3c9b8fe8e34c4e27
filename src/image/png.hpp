// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tazuna {

/// A decoded PNG of one value a pixel (W3C Portable Network Graphics, second edition).
struct PngPixels {
  uint32_t width = 0, height = 0;
  int bits = 8;                        ///< 8, or 16 in PNG's big-endian byte order
  std::shared_ptr<std::byte[]> bytes;  ///< rows from the top, without padding
  size_t size() const { return size_t{width} * height * (bits / 8); }
};

/// Decodes grey images of 1 to 16 bits (values below 8 bits stay as stored), colour images whose channels are
/// all equal, and palettes: `indices` keeps their indices (label maps), else their colours must be grey.
/// Every chunk's CRC-32 and the exact length of the data are checked; libpng is not used because ITK's use of
/// it ends the process on a damaged file. Real colour, transparency and interlacing are refused.
PngPixels decode_png(std::span<const std::byte> file, bool indices);

/// A PNG of `channels` 1 (grey, 8 or 16 bits) or 3 (red, green, blue of 8 bits); `rows` from the top, without
/// padding, 16 bits in PNG's byte order. Rows of another length are an Error.
std::vector<std::byte> encode_png(uint32_t width, uint32_t height, int bits, std::span<const std::byte> rows,
                                  int channels = 1);

}  // namespace tazuna
