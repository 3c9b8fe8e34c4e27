// SPDX-License-Identifier: Apache-2.0
#include "train/tensorboard.hpp"

#include <array>
#include <chrono>
#include <cstring>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

// Field numbers and wire types of tensorboard/compat/proto/{event,summary}.proto.
enum Wire : unsigned char { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
constexpr int event_wall_time = 1, event_step = 2, event_version = 3, event_summary = 5;
constexpr int summary_value = 1, value_tag = 1, value_simple = 2;

constexpr size_t length_bytes = 8, checksum_bytes = 4;

// x86 and ARM are little-endian, as both formats are.
template <class T>
std::string raw(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string varint_text(uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7) text.push_back(static_cast<char>(value | 0x80));
  text.push_back(static_cast<char>(value));
  return text;
}

std::string key(int field, Wire wire) {
  return varint_text(static_cast<uint64_t>(field) << 3 | wire);
}

std::string text_field(int field, std::string_view text) {
  return key(field, bytes) + varint_text(text.size()) + std::string(text);
}

std::string event_at_now(int64_t step) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return key(event_wall_time, fixed64) + raw(std::chrono::duration<double>(now).count()) +
         key(event_step, varint) + varint_text(static_cast<uint64_t>(step));
}

uint32_t masked_checksum(std::string_view text) {
  const uint32_t crc = crc32c(std::as_bytes(std::span(text)));
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

// The step of an event that event_at_now() began.
int64_t step_of(std::string_view event) {
  constexpr size_t begin = 1 + sizeof(double) + 1;
  uint64_t step = 0;
  for (size_t i = begin, shift = 0; i < event.size() && shift < 64; ++i, shift += 7) {
    const auto byte = static_cast<unsigned char>(event[i]);
    step |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return static_cast<int64_t>(step);
}

template <class T>
T read(const std::string& text, size_t at) {
  T value;
  std::memcpy(&value, text.data() + at, sizeof value);
  return value;
}

// Bytes of the leading records that are whole and not after `step`.
size_t length_until(const std::string& text, int64_t step) {
  size_t at = 0;
  while (text.size() - at >= length_bytes + checksum_bytes) {
    const auto length = read<uint64_t>(text, at);
    const size_t rest = text.size() - at - length_bytes - checksum_bytes;
    if (rest < checksum_bytes || length > rest - checksum_bytes) break;
    const std::string_view event(text.data() + at + length_bytes + checksum_bytes, length);
    if (read<uint32_t>(text, at + length_bytes + checksum_bytes + length) != masked_checksum(event)) break;
    if (step_of(event) > step) break;
    at += length_bytes + checksum_bytes + length + checksum_bytes;
  }
  return at;
}

}  // namespace

uint32_t crc32c(std::span<const std::byte> bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      entries[i] = i;
      for (int bit = 0; bit < 8; ++bit) entries[i] = (entries[i] >> 1) ^ (entries[i] & 1 ? 0x82f63b78U : 0);
    }
    return entries;
  }();
  uint32_t crc = 0xffffffffU;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<uint32_t>(byte)) & 0xff];
  return crc ^ 0xffffffffU;
}

EventFile::EventFile(std::filesystem::path file, int64_t step) : path_(std::move(file)) {
  size_t kept = 0;
  if (std::filesystem::exists(path_)) {
    kept = length_until(read_text(path_), step);
    std::filesystem::resize_file(path_, kept);
  }
  out_.open(path_, std::ios::binary | std::ios::app);
  if (kept == 0) record(event_at_now(0) + text_field(event_version, "brain.Event:2"));
}

void EventFile::record(const std::string& event) {
  const std::string length = raw(static_cast<uint64_t>(event.size()));
  out_ << length << raw(masked_checksum(length)) << event << raw(masked_checksum(event));
  if (!out_) throw Error(cat(path_.string(), ": cannot be written; is the disk full?"));
}

void EventFile::add(std::string_view tag, int64_t step, double value) {
  const std::string scalar =
      text_field(value_tag, tag) + key(value_simple, fixed32) + raw(static_cast<float>(value));
  record(event_at_now(step) + text_field(event_summary, text_field(summary_value, scalar)));
}

void EventFile::flush() {
  out_.flush();
  if (!out_) throw Error(cat(path_.string(), ": cannot be written; is the disk full?"));
}

}  // namespace tazuna
