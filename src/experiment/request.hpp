// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "train/options.hpp"

namespace tazuna {

/// Where a folder keeps the configuration it was begun with, before any `auto` was filled.
std::filesystem::path request_file(const std::filesystem::path& out);

/// Refuses to go on in OUT with another request than the one it began with; the sentence shows the first line
/// that differs. Nothing happens where OUT has none yet.
void expect_same_request(const std::string& text, const std::filesystem::path& out);

/// Puts the digest of the weights that training begins with into `from_sha256`, so that whoever goes on
/// notices others; nothing happens without `from`. Refuses weights that do not belong to a digest given
/// there.
void name_weights(TrainOptions& train);

}  // namespace tazuna
