// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/files.hpp"

namespace tazuna {

/// One of several processes that divide the trainings of one output folder among themselves, as the jobs of
/// an array do: it takes every count-th, beginning with its own number.
struct Part {
  int64_t index = 0, count = 1;
  bool whole() const { return count == 1; }
  bool has(size_t training) const { return static_cast<int64_t>(training) % count == index; }
};
/// "I/N", I from 0; whole for "". An Error (usage) for anything else.
Part parsed_part(const std::string& text);

/// A process' stay in an output folder. Whoever works alone keeps all others out; parts keep out whoever
/// works alone, and do what may be done only once one after the other.
class Stay {
 public:
  /// Claims the folder (claim_folder()). An Error (refused) where another process is in the way.
  Stay(const std::filesystem::path& out, std::string_view marker, const Part& part);
  ~Stay();
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  /// While it lives other parts wait for theirs; nothing for whoever works alone.
  std::unique_ptr<FileLock> turn() const;
  /// Held while training `number` goes on, so that no other part takes it up; nothing for whoever works
  /// alone. An Error (refused) where another has it.
  std::unique_ptr<FileLock> training(size_t number) const;

 private:
  std::filesystem::path folder_;  // of markers and locks
  Part part_;
  int handle_ = -1;
};

}  // namespace tazuna
