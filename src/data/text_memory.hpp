// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace tazuna {

/// Texts by key in one JSON file, for what takes long to find out and can be found out again: a file that is
/// absent, damaged or something else counts as empty. Several processes may share it. Thread-safe.
class TextMemory {
 public:
  /// An empty path: remembered as long as the object lives.
  explicit TextMemory(std::filesystem::path file);
  std::optional<std::string> find(const std::string& key) const;
  void keep(const std::string& key, const std::string& text);
  /// Writes what is new, together with what other processes have written; an Error if that fails.
  void save();

 private:
  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> known_, added_;
};

/// "size mtime inode path" of a file, which is another one as soon as the file is. Refuses a file that cannot
/// be found.
std::string identity_of(const std::filesystem::path& file);

}  // namespace tazuna
