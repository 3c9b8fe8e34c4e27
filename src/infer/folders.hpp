// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tazuna {

/// True for a folder or a link to one; false where nobody can tell (links in a circle, a folder above it that
/// may not be entered).
bool is_folder(const std::filesystem::path& path);

/// Why nobody can look into what is there, in the system's words; "" where one can, or nothing is there.
std::string unreadable(const std::filesystem::path& path);

/// Refuses what is unreadable(); the sentence names it.
void expect_readable(const std::filesystem::path& path);

/// What lies in a folder, sorted, so that messages do not depend on the file system; not what is hidden (.…).
/// Refuses a folder that cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

}  // namespace tazuna
