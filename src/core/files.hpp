// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

using Bytes = std::vector<std::byte>;

/// The whole file; an Error that names it and the system's reason otherwise (refused where it cannot be
/// opened).
Bytes read_bytes(const std::filesystem::path& file);
std::string read_text(const std::filesystem::path& file);

/// Writes beside the target, fsyncs and renames, so that readers see the old file or the new one and a crash
/// or a full disk leaves the old one. Parent folders are made.
void write_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);
void write_atomically(const std::filesystem::path& file, std::string_view text);

/// Removes the unfinished files that a killed write_atomically() left in `folder` and below. Nobody else may
/// be writing there.
void remove_unfinished(const std::filesystem::path& folder);

/// Lower-case hex SHA-256 (FIPS 180-4).
std::string sha256(std::span<const std::byte> bytes);
std::string sha256(std::string_view text);
std::string sha256_of_file(const std::filesystem::path& file);

/// Incremental SHA-256.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  std::string hex();  ///< finishes; call once

 private:
  void block(const unsigned char* data);
  uint32_t state_[8];
  unsigned char pending_[64];
  size_t pending_size_ = 0;
  uint64_t total_ = 0;
};

/// Exclusive advisory lock on a file (made if absent) held while the object lives. Where another process
/// holds it, `wait` waits and otherwise an Error (refused) says so.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file, bool wait = true);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int handle_ = -1;
};

/// A file mapped read-only.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// True for a folder without entries or a path that does not exist.
bool absent_or_empty(const std::filesystem::path& folder);

/// Makes `folder` ours or refuses it: accepts an absent or empty one (and leaves the marker
/// `.tazuna/<what>`), or one that already bears that marker; a foreign non-empty folder is refused with a
/// sentence.
void claim_folder(const std::filesystem::path& folder, std::string_view what);

}  // namespace tazuna
