// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace tazuna {

/// Makes garbage of a file's bytes in place, so that its size, modification time and inode stay: whoever
/// reads it is refused, whoever goes by these does not notice.
inline void change_unseen(const std::filesystem::path& file) {
  const auto time = std::filesystem::last_write_time(file);
  const std::string garbage(std::filesystem::file_size(file), '?');
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << garbage;
  std::filesystem::last_write_time(file, time);
}

/// Leaves a file's bytes and makes it newer.
inline void touch(const std::filesystem::path& file) {
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(5));
}

}  // namespace tazuna
