// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/gzip.hpp"
#include "image/large_pages.hpp"
#include "image/nifti_header.hpp"
#include "image/stored_image.hpp"

namespace tazuna {
namespace {

struct Decoded {
  std::shared_ptr<const void> memory;
  std::span<const std::byte> bytes;
  NiftiHeader header;
  std::byte* room = nullptr;  ///< as in StoredImage
};

Decoded held(Bytes bytes, NiftiHeader header) {
  const auto memory = std::make_shared<const Bytes>(std::move(bytes));
  return {memory, *memory, std::move(header)};
}

Decoded decode_plain(Bytes file) {
  NiftiHeader header = parse_nifti_header(file);
  expect_nifti_length(header, file.size());
  return held(std::move(file), std::move(header));
}

/// Memory for a decoded file in which voxels of up to four bytes can be converted in place; behind the voxels
/// there is room for `padding`.
struct Room {
  Room(const NiftiHeader& header, uint64_t padding) {
    const uint64_t voxel = size_of(header.type), file = header.file_bytes();
    converts = voxel <= 4;
    size = converts ? std::max(file, (file - header.data_offset) / voxel * 4) : file;
    constexpr std::align_val_t alignment{64};  // a tensor's
    const auto release = [alignment](std::byte* bytes) { ::operator delete[](bytes, alignment); };
    memory = {new (alignment) std::byte[size + padding],
              release};  // not zeroed: what is read was decoded into
  }
  uint64_t size = 0;
  bool converts = false;
  std::shared_ptr<std::byte> memory;
};

Decoded decode_gzip(const Bytes& file) {
  GzipStart start = gzip_start(file);
  NiftiHeader header = parse_nifti_header(start.bytes);
  if (start.complete) {
    expect_nifti_length(header, start.bytes.size());
    return held(std::move(start.bytes), std::move(header));
  }
  const uint64_t size = header.file_bytes();
  if (size > largest_decoded_size(file.size())) {
    throw refused(cat("its header demands ", size, " bytes, but ", file.size(),
                      " compressed bytes cannot hold more than ", largest_decoded_size(file.size())));
  }
  constexpr uint64_t usual_padding = 64 << 10;  // which need not be decoded twice
  for (const uint64_t padding : {usual_padding, most_padding(header)}) {
    const Room room(header, padding);
    prefer_large_pages(room.memory.get(), room.size);
    const std::span<std::byte> bytes(room.memory.get() + room.size - size, size + padding);
    const std::optional<size_t> filled = gunzip(file, bytes);
    if (!filled) continue;
    expect_nifti_length(header, *filled);
    if (!std::equal(header.bytes.begin(), header.bytes.end(), bytes.begin())) {
      throw Error("gzip: two decodings of the header differ");
    }
    return {room.memory, bytes.first(size), std::move(header), room.converts ? room.memory.get() : nullptr};
  }
  throw refused(cat("gzip: the stream holds more than the ", size,
                    " bytes that its header demands, by at least as many as the voxels have; dim is wrong"));
}

}  // namespace

StoredImage load_nifti(const std::filesystem::path& file) {
  Bytes bytes = read_bytes(file);
  const bool compressed = is_gzip(bytes);
  const std::string ending = file.extension().string();
  const bool named_compressed = ending.size() == 3 && (ending[1] | 0x20) == 'g';  // .gz, .GZ; else .nii
  if (bytes.empty()) throw refused("the file is empty");
  if (compressed != named_compressed) {
    throw refused(compressed ? "it is named .nii but holds gzip; rename it to .nii.gz"
                             : "it is named .nii.gz but is not a gzip stream");
  }
  Decoded decoded = compressed ? decode_gzip(bytes) : decode_plain(std::move(bytes));
  NiftiHeader& header = decoded.header;
  check_nifti_extensions(header, decoded.bytes);
  StoredImage image;
  image.memory = std::move(decoded.memory);
  image.room = decoded.room;
  image.voxels = {decoded.bytes.subspan(header.data_offset, header.data_bytes()), header.type, header.swapped,
                  header.scaling};
  image.geometry = header.geometry();
  image.frames = header.frames;
  image.frame_seconds = header.frame_seconds;
  image.header = {cat("nifti", header.version), std::move(header.bytes), std::move(header.facts)};
  return image;
}

}  // namespace tazuna
