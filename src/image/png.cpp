// SPDX-License-Identifier: Apache-2.0
#include "image/png.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/gzip.hpp"

namespace tazuna {
namespace {

using Bytes = std::vector<std::byte>;
constexpr std::array<uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
enum Colour { grey = 0, rgb = 2, palette = 3 };

/// The chunks of a file that matter here.
struct Png {
  uint32_t width = 0, height = 0;
  int depth = 0, colour = 0;
  Bytes palette;  ///< red, green, blue of each index
  Bytes data;     ///< zlib stream

  size_t channels() const { return colour == rgb ? 3 : 1; }
  uint64_t row_bytes() const { return (uint64_t{width} * depth * channels() + 7) / 8; }
};

uint32_t big_endian(const std::byte* at) {
  uint32_t word;
  std::memcpy(&word, at, 4);
  return __builtin_bswap32(word);
}

void append_word(Bytes& bytes, uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::byte>(word >> shift & 255));
}

void read_header(std::span<const std::byte> body, Png& png) {
  if (body.size() != 13) throw refused("PNG: the IHDR chunk is malformed");
  png.width = big_endian(body.data());
  png.height = big_endian(body.data() + 4);
  png.depth = std::to_integer<int>(body[8]);
  png.colour = std::to_integer<int>(body[9]);
  if (png.width - 1 >= 0x7fffffff || png.height - 1 >= 0x7fffffff) {
    throw refused(
        cat("PNG: its size is ", png.width, "x", png.height, "; each side needs 1 to 2^31-1 pixels"));
  }
  const bool power = png.depth == 1 || png.depth == 2 || png.depth == 4;
  const bool known = (png.colour == grey && (power || png.depth == 8 || png.depth == 16)) ||
                     (png.colour == rgb && (png.depth == 8 || png.depth == 16)) ||
                     (png.colour == palette && (power || png.depth == 8));
  if (!known) {
    throw refused(
        cat("PNG: colour type ", png.colour, " with ", png.depth,
            " bits; grey values, palettes and colour without transparency are read: convert it to grey"));
  }
  if (body[10] != std::byte{0} || body[11] != std::byte{0})
    throw refused("PNG: unknown compression or filter");
  if (body[12] != std::byte{0}) throw refused("PNG: it is interlaced; save it without interlacing");
}

/// Walks the chunks and checks the CRC-32 of each.
Png read_chunks(std::span<const std::byte> file) {
  if (file.size() < 8 || std::memcmp(file.data(), signature.data(), 8) != 0) {
    throw refused("PNG: it does not begin with PNG's signature");
  }
  Png png;
  for (size_t at = 8;;) {
    if (file.size() - at < 12) throw refused("PNG: the file was cut short");
    const uint32_t length = big_endian(file.data() + at);
    if (length > file.size() - at - 12) throw refused("PNG: the file was cut short");
    const std::string_view name(reinterpret_cast<const char*>(file.data() + at + 4), 4);
    const auto body = file.subspan(at + 8, length);
    if (libdeflate_crc32(0, file.data() + at + 4, length + 4) != big_endian(body.data() + length)) {
      throw refused(cat("PNG: the CRC-32 of the chunk at byte ", at, " is wrong; the file was damaged"));
    }
    if ((name == "IHDR") != (at == 8)) throw refused("PNG: the IHDR chunk must be the first and only one");
    if (name == "IHDR") read_header(body, png);
    if (name == "PLTE") png.palette.assign(body.begin(), body.end());
    if (name == "IDAT") png.data.insert(png.data.end(), body.begin(), body.end());
    at += 12 + length;
    if (name == "IEND") break;
  }
  return png;
}

Bytes inflate(const Png& png) {
  const uint64_t size = (png.row_bytes() + 1) * png.height;
  if (size > largest_decoded_size(png.data.size())) {
    throw refused(cat("PNG: its header claims ", png.width, "x", png.height,
                      " pixels, but a file of its length cannot hold them"));
  }
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decoder(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  Bytes rows(size);
  const auto result =
      libdeflate_zlib_decompress(decoder.get(), png.data.data(), png.data.size(), rows.data(), size, nullptr);
  if (result != LIBDEFLATE_SUCCESS) throw refused("PNG: its pixel data are damaged or of the wrong length");
  return rows;
}

int paeth(int left, int up, int corner) {
  const int guess = left + up - corner;
  const int a = std::abs(guess - left), b = std::abs(guess - up), c = std::abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/// Undoes the row filters in place; each row begins with its filter's number.
void unfilter(const Png& png, Bytes& rows) {
  const size_t length = png.row_bytes(), step = std::max<size_t>(1, png.channels() * png.depth / 8);
  const Bytes zeros(length);
  const std::byte* above = zeros.data();
  for (size_t y = 0; y < png.height; ++y) {
    std::byte* row = rows.data() + y * (length + 1) + 1;
    const int filter = std::to_integer<int>(row[-1]);
    if (filter > 4) throw refused(cat("PNG: row ", y, " has the unknown filter ", filter));
    for (size_t i = 0; i < length && filter > 0; ++i) {
      const int left = i >= step ? std::to_integer<int>(row[i - step]) : 0;
      const int corner = i >= step ? std::to_integer<int>(above[i - step]) : 0;
      const int up = std::to_integer<int>(above[i]);
      const int guesses[] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
      row[i] = static_cast<std::byte>(std::to_integer<int>(row[i]) + guesses[filter]);
    }
    above = row;
  }
}

[[noreturn]] void refuse_colour(const std::string& where) {
  throw refused(cat("PNG: ", where, " is coloured; convert the image to grey values"));
}

/// The grey value of a palette's index.
std::byte grey_of(const Png& png, int index) {
  const size_t at = 3 * static_cast<size_t>(index);
  if (at + 3 > png.palette.size()) throw refused(cat("PNG: index ", index, " is not in its palette"));
  const std::byte* colour = png.palette.data() + at;
  if (colour[0] != colour[1] || colour[1] != colour[2]) refuse_colour(cat("palette index ", index));
  return colour[0];
}

/// One row without padding, one value a pixel.
void unpack(const Png& png, const std::byte* row, size_t y, bool indices, std::byte* out) {
  const size_t width = png.depth == 16 ? 2 : 1;
  for (size_t x = 0; x < png.width; ++x) {
    if (png.depth < 8) {
      const size_t bit = x * png.depth;
      out[x] = row[bit / 8] >> (8 - png.depth - bit % 8) & std::byte((1 << png.depth) - 1);
    } else {
      const std::byte* pixel = row + x * width * png.channels();
      if (png.colour == rgb &&
          (std::memcmp(pixel, pixel + width, width) || std::memcmp(pixel, pixel + 2 * width, width))) {
        refuse_colour(cat("pixel (", x, ", ", y, ")"));
      }
      std::memcpy(out + x * width, pixel, width);
    }
    if (png.colour == palette && !indices) out[x] = grey_of(png, std::to_integer<int>(out[x]));
  }
}

void append_chunk(Bytes& file, std::string_view name, std::span<const std::byte> body) {
  append_word(file, static_cast<uint32_t>(body.size()));
  const size_t start = file.size();
  for (const char letter : name) file.push_back(static_cast<std::byte>(letter));
  file.insert(file.end(), body.begin(), body.end());
  append_word(file, libdeflate_crc32(0, file.data() + start, file.size() - start));
}

}  // namespace

PngPixels decode_png(std::span<const std::byte> file, bool indices) {
  const Png png = read_chunks(file);
  Bytes rows = inflate(png);
  unfilter(png, rows);
  PngPixels pixels{png.width, png.height, png.depth == 16 ? 16 : 8, nullptr};
  pixels.bytes.reset(new std::byte[pixels.size()]);
  const size_t length = png.row_bytes() + 1, out = pixels.size() / png.height;
  for (size_t y = 0; y < png.height; ++y) {
    unpack(png, rows.data() + y * length + 1, y, indices, pixels.bytes.get() + y * out);
  }
  return pixels;
}

std::vector<std::byte> encode_png(uint32_t width, uint32_t height, int bits, std::span<const std::byte> rows,
                                  int channels) {
  if ((channels != 1 || (bits != 8 && bits != 16)) && (channels != 3 || bits != 8)) {
    throw Error(cat("a PNG of ", channels, " channels of ", bits,
                    " bits; grey of 8 or 16 bits and colour of 8 are written"));
  }
  const size_t length = size_t{width} * static_cast<size_t>(channels * bits / 8);
  if (height == 0 || rows.size() != length * height) {
    throw Error(cat("a PNG of ", width, "x", height, " pixels needs ", length * height, " bytes; it got ",
                    rows.size()));
  }
  Bytes filtered;
  for (size_t y = 0; y < height; ++y) {
    filtered.push_back(std::byte{0});
    const auto row = rows.subspan(y * length, length);
    filtered.insert(filtered.end(), row.begin(), row.end());
  }
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> encoder(
      libdeflate_alloc_compressor(6), &libdeflate_free_compressor);
  Bytes data(libdeflate_zlib_compress_bound(encoder.get(), filtered.size()));
  data.resize(
      libdeflate_zlib_compress(encoder.get(), filtered.data(), filtered.size(), data.data(), data.size()));
  Bytes header;
  append_word(header, width);
  append_word(header, height);
  const int colour = channels == 3 ? rgb : grey;
  for (const int value : {bits, colour, 0, 0, 0}) header.push_back(static_cast<std::byte>(value));
  Bytes file;
  for (const uint8_t byte : signature) file.push_back(std::byte{byte});
  append_chunk(file, "IHDR", header);
  append_chunk(file, "IDAT", data);
  append_chunk(file, "IEND", {});
  return file;
}

}  // namespace tazuna
