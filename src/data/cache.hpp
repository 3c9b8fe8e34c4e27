// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "core/log.hpp"
#include "data/preparation.hpp"

namespace tazuna {

/// Prepared cases on disk: key = SHA-256 of (input bytes, preparation, maps, format version); digests of files
/// remembered by (path, size, mtime, inode); .npy + JSON, written tmp-fsync-rename under a lock per key; mapped
/// read-only; an entry whose checksum is wrong is rebuilt. Several processes may share a folder.
class Cache {
 public:
  Cache(std::filesystem::path folder, Preparation preparation, std::vector<std::string> maps);
  ~Cache();
  /// The prepared sample, from disk or made now. Thread-safe.
  Sample sample(const std::shared_ptr<const Subject>& subject);
  /// Makes all entries that are missing on `threads` threads with progress.
  void fill(const std::vector<std::shared_ptr<const Subject>>& subjects, int threads, Log& log);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tazuna
