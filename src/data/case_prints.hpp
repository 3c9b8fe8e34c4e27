// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/log.hpp"
#include "data/case_print.hpp"
#include "data/text_memory.hpp"

namespace tazuna {

/// What names the print of a case: a format version, the options that it depends on, and the identity of
/// every file that is read for it (identity_of(), a series' repetition time in JSON files beside it). Empty
/// for a case that cannot be named so: a file is not there, or tells that its voxels lie in another
/// (.nhdr, .mhd).
std::string print_key(const Subject& subject, const FingerprintOptions& options);

/// Prints of sound cases, remembered in the file prints.json of a cache folder, so that the images of a
/// cohort are read once and those of a case again only after one of its files changed. A damaged or foreign
/// file, or entry, counts as absent. Several processes may share the folder. Thread-safe.
class CasePrints {
 public:
  /// The folder need not be there; empty: remembered as long as the object lives.
  explicit CasePrints(const std::filesystem::path& folder = {});
  /// The print to the last bit, but for its id.
  std::optional<CasePrint> find(const std::string& key) const;
  void keep(const std::string& key, const CasePrint& print);
  /// Writes what is new, together with what other processes have written. A failure to do so costs only time
  /// later, and is a warning.
  void save(Log& log);

 private:
  TextMemory memory_;
};

}  // namespace tazuna
