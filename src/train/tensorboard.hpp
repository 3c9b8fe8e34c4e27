// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace tazuna {

/// CRC-32C (Castagnoli), as TFRecord files use it.
uint32_t crc32c(std::span<const std::byte> bytes);

/// Scalars for TensorBoard: an event file (TFRecords of Event messages) that can be taken up again where a
/// checkpoint stands.
class EventFile {
 public:
  /// Opens or makes `file` ("tfevents" must be in its name for TensorBoard to find it). Events after `step`,
  /// and a last one that a crash cut short, are dropped.
  EventFile(std::filesystem::path file, int64_t step);
  void add(std::string_view tag, int64_t step, double value);
  /// Makes everything visible to readers.
  void flush();

 private:
  void record(const std::string& event);
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace tazuna
