// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "data/text_memory.hpp"

namespace tazuna {

/// SHA-256 of files, remembered in one JSON file by (path, size, modification time, inode), so that a file is
/// read once and again only after it changed. Several processes may share the JSON file. Thread-safe.
class Digests {
 public:
  explicit Digests(std::filesystem::path memory);
  /// Saves; a failure to do so costs only time later.
  ~Digests();
  Digests(const Digests&) = delete;
  Digests& operator=(const Digests&) = delete;
  /// Of a file, or of the digests of the files of a DICOM series, named by its folder or by one of them. An
  /// Error that names the file if it cannot be read.
  std::string of(const std::filesystem::path& file);
  /// Writes what is new, together with what other processes have written.
  void save();
  /// How many files were read.
  int64_t files_read() const { return files_read_; }

 private:
  std::string of_file(const std::filesystem::path& file);

  TextMemory memory_;  // by identity_of()
  std::atomic<int64_t> files_read_ = 0;
};

}  // namespace tazuna
