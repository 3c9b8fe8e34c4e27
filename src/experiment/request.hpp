// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace tazuna {

/// Where a folder keeps the configuration it was begun with, before any `auto` was filled.
std::filesystem::path request_file(const std::filesystem::path& out);

/// Refuses to go on in OUT with another request than the one it began with; the sentence shows the first line
/// that differs. Nothing happens where OUT has none yet.
void expect_same_request(const std::string& text, const std::filesystem::path& out);

}  // namespace tazuna
