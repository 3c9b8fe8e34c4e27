// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <bit>
#include <cstring>

#include "image/png.hpp"
#include "image/stored_image.hpp"

namespace tazuna {

Geometry picture_geometry(int64_t height, int64_t width) {
  Geometry geometry;
  geometry.size = {1, height, width};
  geometry.direction = {0, 0, -1, 0, -1, 0, 1, 0, 0};
  return geometry;
}

StoredImage load_png(const std::filesystem::path& file, bool indices) {
  const PngPixels pixels = decode_png(read_bytes(file), indices);
  StoredImage image;
  image.memory = pixels.bytes;
  image.voxels = {{pixels.bytes.get(), pixels.size()},
                  pixels.bits == 16 ? Scalar::uint16 : Scalar::uint8,
                  std::endian::native == std::endian::little,
                  {}};
  image.geometry = picture_geometry(pixels.height, pixels.width);
  image.header.format = "png";
  return image;
}

void write_png(const std::filesystem::path& file, const Tensor& pixels) {
  Bytes rows(pixels.nbytes());
  std::memcpy(rows.data(), pixels.const_data_ptr(), rows.size());
  if (pixels.element_size() == 2 && std::endian::native == std::endian::little) swap_bytes(rows, 2);
  write_atomically(file,
                   encode_png(static_cast<uint32_t>(pixels.size(1)), static_cast<uint32_t>(pixels.size(0)),
                              static_cast<int>(8 * pixels.element_size()), rows));
}

}  // namespace tazuna
