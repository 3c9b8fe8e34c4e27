// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_files.hpp"

#include <algorithm>
#include <optional>

#include "core/text.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// What keeps a file from being of the case whose folder has `value` ("sub-01", or none); "" if nothing does.
std::string not_belonging(const BidsName& name, const std::string& entity, const std::string& value) {
  const auto found = name.entities.find(entity);
  const std::string own = found == name.entities.end() ? "" : cat(entity, "-", found->second);
  if (own == value) return "";
  if (own.empty()) return cat("whose name lacks ", value);
  return value.empty() ? cat("whose name says ", own, ", of which there is no folder")
                       : cat("whose name says ", own, " and not ", value);
}

std::string not_of(const Subject& subject, const std::optional<BidsName>& name) {
  if (!name) return "whose name is no entity-value_…_suffix";
  const std::string reason = not_belonging(*name, "sub", subject.person);
  return reason.empty() ? not_belonging(*name, "ses", subject.session) : reason;
}

}  // namespace

std::set<std::string> BidsFiles::selectors() const {
  std::set<std::string> all;
  for (const auto& [name, file] : own) all.insert(name.selector());
  return all;
}

std::vector<std::string> folders_in(const fs::path& folder, const std::string& prefix) {
  std::vector<std::string> names;
  if (!fs::is_directory(folder)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    std::error_code unread;
    const fs::file_type type = entry.status(unread).type();
    if (type == fs::file_type::directory || (type == fs::file_type::none && !is_image_name(name)))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

BidsFiles bids_files(const fs::path& folder, const Subject& subject) {
  std::vector<fs::path> folders;
  if (fs::is_directory(folder)) folders.push_back(folder);
  for (const std::string& name : folders_in(folder))
    if (!name.starts_with("ses-")) folders.push_back(folder / name);
  BidsFiles files;
  for (const fs::path& one : folders) {
    for (const auto& entry : fs::directory_iterator(one)) {
      const fs::path& file = entry.path();
      std::error_code unread;  // then it is told when it is chosen
      if (!is_image_name(file) || file.filename().string().starts_with(".") || fs::is_directory(file, unread))
        continue;
      const auto name = bids_name(image_stem(file));
      const std::string reason = not_of(subject, name);
      if (reason.empty()) {
        files.own.emplace_back(*name, file);
      } else {
        files.passed_over.push_back(cat(file.filename().string(), ", ", reason));
      }
    }
  }
  std::sort(files.own.begin(), files.own.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  std::sort(files.passed_over.begin(), files.passed_over.end());
  return files;
}

}  // namespace tazuna
