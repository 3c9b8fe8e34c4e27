// SPDX-License-Identifier: Apache-2.0
#include "image/extent.hpp"

#include <fstream>
#include <optional>

#include "core/error.hpp"
#include "image/gzip.hpp"
#include "image/nifti_header.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

/// Of a compressed file enough for gzip_start(), which decodes 128 KiB.
Bytes start_of(const std::filesystem::path& file) {
  Bytes start(size_t{256} << 10);
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return start;
}

/// Of a NIfTI that can be read so far; whoever reads the image says why not.
std::optional<NiftiHeader> header_of(const std::filesystem::path& image) {
  try {
    Bytes start = start_of(image);
    if (is_gzip(start)) start = gzip_start(start).bytes;
    if (looks_like_nifti(start)) return parse_nifti_header(start);
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

double file_bytes_of(const std::filesystem::path& image) {
  try {
    double bytes = 0;
    for (const auto& file : files_of_image(image))
      bytes += static_cast<double>(std::filesystem::file_size(file));
    return bytes;
  } catch (const std::filesystem::filesystem_error&) {
    return 0;  // whoever reads it says why
  }
}

int64_t volumes_of(const std::filesystem::path& image) {
  const auto header = header_of(image);
  return header ? header->frames : 1;
}

double float_bytes_of(const std::filesystem::path& image) {
  const auto header = header_of(image);
  if (!header) return file_bytes_of(image) * sizeof(float);
  return static_cast<double>(header->data_bytes() / size_of(header->type) * sizeof(float));
}

}  // namespace tazuna
