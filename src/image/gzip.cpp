// SPDX-License-Identifier: Apache-2.0
#include "image/gzip.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

constexpr size_t start_capacity = size_t{128} << 10;
constexpr size_t largest_unwritten = (size_t{64} << 10);

using Decompressor = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

Decompressor make_decompressor() {
  Decompressor made(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  if (!made) throw Error("no memory for a gzip decoder");
  return made;
}

struct Member {
  libdeflate_result result;
  size_t read = 0, written = 0;
};

Member decode_member(const Decompressor& decompressor, std::span<const std::byte> stream,
                     std::span<std::byte> out) {
  Member member;
  member.result = libdeflate_gzip_decompress_ex(decompressor.get(), stream.data(), stream.size(), out.data(),
                                                out.size(), &member.read, &member.written);
  return member;
}

/// Whether a member begins at `position`; false at the stream's end, which zeros may pad.
bool has_member(std::span<const std::byte> stream, size_t position) {
  const auto rest = stream.subspan(position);
  if (is_gzip(rest)) return true;
  if (position == 0) throw refused("not a gzip stream: it does not begin with the bytes 1f 8b");
  if (std::all_of(rest.begin(), rest.end(), [](std::byte byte) { return byte == std::byte{0}; }))
    return false;
  throw refused(cat("gzip: ", rest.size(), " bytes that are no gzip member follow byte ", position,
                    "; the file was damaged, compress it anew"));
}

Error damaged(size_t position) {
  return refused(
      cat("gzip: the member at byte ", position,
          " is damaged or cut short (its data, CRC-32 or length is wrong); copy or compress the file anew"));
}

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

GzipStart gzip_start(std::span<const std::byte> stream) {
  const Decompressor decompressor = make_decompressor();
  GzipStart start;
  start.bytes.resize(start_capacity);
  const std::span<std::byte> out(start.bytes);
  size_t position = 0, filled = 0;
  while (has_member(stream, position)) {
    const Member member = decode_member(decompressor, stream.subspan(position), out.subspan(filled));
    if (member.result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      // The decoder writes in order and stops at what does not fit: a match, or a stored block of less than
      // 64 KiB.
      start.bytes.resize(std::max(filled, start_capacity - largest_unwritten));
      return start;
    }
    if (member.result != LIBDEFLATE_SUCCESS) throw damaged(position);
    position += member.read;
    filled += member.written;
  }
  start.bytes.resize(filled);
  start.complete = true;
  return start;
}

std::optional<size_t> gunzip(std::span<const std::byte> stream, std::span<std::byte> out) {
  const Decompressor decompressor = make_decompressor();
  size_t position = 0, filled = 0;
  while (has_member(stream, position)) {
    const Member member = decode_member(decompressor, stream.subspan(position), out.subspan(filled));
    if (member.result == LIBDEFLATE_INSUFFICIENT_SPACE) return std::nullopt;
    if (member.result != LIBDEFLATE_SUCCESS) throw damaged(position);
    position += member.read;
    filled += member.written;
  }
  return filled;
}

uint64_t largest_decoded_size(uint64_t stream_bytes) {
  return stream_bytes * 1032;
}

std::vector<std::byte> gzip(std::span<const std::byte> bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (!compressor) throw Error(cat("no gzip encoder of level ", level));
  std::vector<std::byte> out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace tazuna
