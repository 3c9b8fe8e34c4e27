// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "data/preparation.hpp"

namespace tazuna {

/// What a cache has done since it was constructed.
struct CacheCounts {
  int64_t prepared = 0;  ///< cases made from their images
  int64_t opened = 0;    ///< entries mapped
  int64_t damaged = 0;   ///< of those, made again because of a wrong checksum
  int64_t digested = 0;  ///< input files read for their digest
};

/// Prepared cases on disk: key = SHA-256 of (input bytes, preparation, maps, format version); digests of
/// files remembered by (path, size, mtime, inode); .npy + JSON, written tmp-fsync-rename under a lock per
/// key; mapped read-only; an entry whose checksum is wrong is rebuilt. Several processes may share a folder.
class Cache {
 public:
  Cache(std::filesystem::path folder, Preparation preparation, std::vector<std::string> maps);
  ~Cache();
  /// The prepared sample, from disk or made now; its tensors lie in mapped files and must not be written to.
  /// An opened case stays open. Thread-safe.
  Sample sample(const std::shared_ptr<const Subject>& subject);
  /// Makes all entries that are missing on `threads` threads (at least 1) with progress. What is wrong with
  /// any case is reported in one Error at the end, a line a case; the others are kept. When a stop is asked
  /// for, no case is begun any more and Interrupted is thrown.
  void fill(const std::vector<std::shared_ptr<const Subject>>& subjects, int threads, Log& log);
  CacheCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tazuna
