// SPDX-License-Identifier: Apache-2.0
#include "infer/folders.hpp"

#include <algorithm>
#include <system_error>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::string unreadable(const fs::path& path) {
  std::error_code problem;
  const fs::file_type kind = fs::status(path, problem).type();
  if (kind == fs::file_type::not_found) return "";
  if (kind == fs::file_type::directory) fs::directory_iterator(path, problem);
  // A folder that may be listed, but not entered, tells nothing of its files.
  if (kind == fs::file_type::directory && !problem) static_cast<void>(fs::status(path / ".", problem));
  return problem ? problem.message() : "";
}

void expect_readable(const fs::path& path) {
  const std::string reason = unreadable(path);
  if (!reason.empty())
    throw refused(cat(path.string(), ": it cannot be read (", reason,
                      "); ask for the right to read it, or name another"));
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  expect_readable(folder);
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string()[0] != '.') entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

}  // namespace tazuna
