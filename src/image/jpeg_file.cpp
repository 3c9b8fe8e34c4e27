// SPDX-License-Identifier: Apache-2.0
#include <cstdio>  // libjpeg's header uses FILE without including it

#include <itk_jpeg.h>

#include <csetjmp>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/stored_image.hpp"

namespace tazuna {
namespace {

// A run of equal blocks takes a bit each at the least; what claims more pixels than that is no image.
constexpr uint64_t most_pixels_a_byte = 4096;

/// libjpeg's error handler: it must not return, so it jumps back to who called libjpeg.
struct JpegErrors {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it is a pointer to the whole
  std::jmp_buf back;
  char sentence[JMSG_LENGTH_MAX];
};

void give_up(j_common_ptr jpeg) {
  auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
  errors->manager.format_message(jpeg, errors->sentence);
  std::longjmp(errors->back, 1);
}

// libjpeg only warns (level -1) of files that were cut short or damaged, and fills the rest with grey; ITK's
// reader lets such files pass, which is why it is not used here.
void give_up_at_warnings(j_common_ptr jpeg, int level) {
  if (level < 0) give_up(jpeg);
}

/// A decoder and what it read. No member needs a destructor but this one: libjpeg's jumps pass them over.
struct Jpeg {
  jpeg_decompress_struct decoder{};
  JpegErrors errors{};
  bool made = false;

  Jpeg() = default;
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
  ~Jpeg() {
    if (made) jpeg_destroy_decompress(&decoder);
  }
};

/// False where the header is no JPEG's; `errors` then holds the reason.
bool read_header(Jpeg& jpeg, const unsigned char* bytes, unsigned long size) {
  jpeg.decoder.err = jpeg_std_error(&jpeg.errors.manager);
  jpeg.errors.manager.error_exit = give_up;
  jpeg.errors.manager.emit_message = give_up_at_warnings;
  if (setjmp(jpeg.errors.back)) return false;
  jpeg_create_decompress(&jpeg.decoder);
  jpeg.made = true;
  jpeg_mem_src(&jpeg.decoder, bytes, size);
  jpeg_read_header(&jpeg.decoder, TRUE);
  return true;
}

/// Decodes all rows one after the other; false where the data are damaged.
bool read_rows(Jpeg& jpeg, unsigned char* rows, size_t row_bytes) {
  if (setjmp(jpeg.errors.back)) return false;
  jpeg_start_decompress(&jpeg.decoder);
  while (jpeg.decoder.output_scanline < jpeg.decoder.output_height) {
    JSAMPROW row = rows + jpeg.decoder.output_scanline * row_bytes;
    jpeg_read_scanlines(&jpeg.decoder, &row, 1);
  }
  jpeg_finish_decompress(&jpeg.decoder);
  return true;
}

[[noreturn]] void refuse_damage(const Jpeg& jpeg) {
  throw refused(cat("JPEG: ", jpeg.errors.sentence, "; the file is damaged or was cut short"));
}

/// Grey stays grey, colour is decoded as red, green and blue: the number of channels.
size_t choose_colours(Jpeg& jpeg) {
  jpeg_decompress_struct& decoder = jpeg.decoder;
  const bool grey = decoder.jpeg_color_space == JCS_GRAYSCALE;
  if (!grey && decoder.jpeg_color_space != JCS_YCbCr && decoder.jpeg_color_space != JCS_RGB)
    throw refused("JPEG: its colours are neither grey nor red, green and blue; convert it to grey values");
  decoder.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  return grey ? 1 : 3;
}

/// The first of three equal channels, in place.
void keep_grey(std::byte* pixels, size_t width, size_t height) {
  for (size_t i = 0; i < width * height; ++i) {
    const std::byte* colour = pixels + 3 * i;
    if (colour[0] != colour[1] || colour[1] != colour[2]) {
      throw refused(cat("JPEG: pixel (", i % width, ", ", i / width,
                        ") is coloured; convert the image to grey values"));
    }
    pixels[i] = colour[0];
  }
}

}  // namespace

StoredImage load_jpeg(const std::filesystem::path& file) {
  const Bytes bytes = read_bytes(file);
  Jpeg jpeg;
  if (!read_header(jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()))
    refuse_damage(jpeg);
  const size_t width = jpeg.decoder.image_width, height = jpeg.decoder.image_height;
  if (width * height > most_pixels_a_byte * bytes.size()) {
    throw refused(cat("JPEG: its header claims ", width, "x", height,
                      " pixels, but a file of its length cannot hold them"));
  }
  const size_t channels = choose_colours(jpeg);
  const std::shared_ptr<std::byte[]> pixels(new std::byte[width * height * channels]);
  if (!read_rows(jpeg, reinterpret_cast<unsigned char*>(pixels.get()), width * channels)) refuse_damage(jpeg);
  if (channels == 3) keep_grey(pixels.get(), width, height);
  StoredImage image;
  image.memory = pixels;
  image.voxels = {{pixels.get(), width * height}, Scalar::uint8, false, {}};
  image.geometry = picture_geometry(static_cast<int64_t>(height), static_cast<int64_t>(width));
  image.header.format = "jpeg";
  return image;
}

}  // namespace tazuna
