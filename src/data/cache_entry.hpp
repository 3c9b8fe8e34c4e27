// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/preparation.hpp"

namespace tazuna {

/// The key of a prepared case: SHA-256 of the format version, the preparation, and name and digest of each
/// input file. `inputs` is a line per file.
std::string entry_key(const Preparation& preparation, const std::string& inputs);

/// Writes KEY.image.npy, KEY.mapN.npy and, last, KEY.json with their checksums and everything else of the
/// sample.
void write_entry(const std::filesystem::path& folder, const std::string& key, const Sample& sample);

/// The entry, its tensors over mapped files; nothing if it is absent. `damaged` is set, and nothing returned,
/// if it does not match its checksums.
std::optional<Sample> open_entry(const std::filesystem::path& folder, const std::string& key, bool& damaged);

}  // namespace tazuna
