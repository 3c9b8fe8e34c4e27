// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tazuna {

/// True if the bytes begin with gzip's magic number (RFC 1952).
bool is_gzip(std::span<const std::byte> bytes);

/// The start of a decoded gzip stream.
struct GzipStart {
  std::vector<std::byte> bytes;  ///< at least 64 KiB, or all there is
  bool complete = false;         ///< `bytes` is the whole stream, all members checked
};
/// Decodes the start of a stream (of any number of members) in bounded memory, so that a header can be read
/// before anything is allocated for what it claims. A damaged start is an Error.
GzipStart gzip_start(std::span<const std::byte> stream);

/// Decodes all members into `out` and returns how many bytes they hold; nothing where they do not fit. CRC-32
/// and length of each are checked. A damaged or truncated member and bytes after the last one are Errors, but
/// for zeros, which pad it.
std::optional<size_t> gunzip(std::span<const std::byte> stream, std::span<std::byte> out);

/// The most bytes a deflate stream of this length can decode to (RFC 1951: 258 bytes from 2 bits).
uint64_t largest_decoded_size(uint64_t stream_bytes);

/// One gzip member with an empty name and a time stamp of 0: equal input gives equal bytes. Level 1 to 12.
std::vector<std::byte> gzip(std::span<const std::byte> bytes, int level);

}  // namespace tazuna
