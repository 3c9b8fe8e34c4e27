// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/files.hpp"

namespace tazuna {

/// A JPEG of `width` x `height` pixels of 1 (grey) or 3 (red, green, blue) channels at the best quality.
inline Bytes jpeg_bytes(unsigned width, unsigned height, int channels, const std::vector<uint8_t>& pixels,
                        bool progressive = false) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &memory, &size);
  encoder.image_width = width;
  encoder.image_height = height;
  encoder.input_components = channels;
  encoder.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  if (progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < height) {
    auto* row = const_cast<uint8_t*>(pixels.data()) + encoder.next_scanline * width * channels;
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  Bytes bytes(size);
  std::memcpy(bytes.data(), memory, size);
  jpeg_destroy_compress(&encoder);
  std::free(memory);
  return bytes;
}

}  // namespace tazuna
