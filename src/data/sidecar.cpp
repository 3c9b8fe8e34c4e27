// SPDX-License-Identifier: Apache-2.0
#include "data/sidecar.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/json_file.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

namespace fs = std::filesystem;

/// "sub-01_task-rest_bold" in parts.
struct NameParts {
  explicit NameParts(const std::string& stem) {
    const std::vector<std::string> words = split_text(stem, '_');
    suffix = words.back();
    entities = {words.begin(), words.end() - 1};
  }
  bool describes(const NameParts& image) const {
    return suffix == image.suffix &&
           std::includes(image.entities.begin(), image.entities.end(), entities.begin(), entities.end());
  }
  std::string suffix;
  std::set<std::string> entities;
};

/// The folders whose sidecars count, nearest first: one outside of a BIDS dataset.
std::vector<fs::path> folders_of(const fs::path& image) {
  std::vector<fs::path> folders;
  const fs::path nearest = fs::absolute(image).lexically_normal().parent_path();
  for (fs::path folder = nearest;; folder = folder.parent_path()) {
    folders.push_back(folder);
    if (fs::exists(folder / "dataset_description.json")) return folders;
    if (folder == folder.parent_path()) return {};
  }
}

/// The sidecars of a folder that describe the image, those with most entities first.
std::vector<fs::path> sidecars_in(const fs::path& folder, const NameParts& image) {
  std::vector<std::pair<size_t, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const NameParts parts(entry.path().stem().string());
    if (parts.describes(image))
      found.emplace_back(image.entities.size() - parts.entities.size(), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> files;
  for (const auto& [fewer, file] : found) files.push_back(file);
  return files;
}

std::optional<double> repetition_time_in(const fs::path& file) {
  const nlohmann::ordered_json json = read_json(file);
  return within(file.string(), [&]() -> std::optional<double> {
    if (!json.is_object()) throw refused(cat("it holds ", kind_of_json(json), " where an object is needed"));
    const auto value = json.find("RepetitionTime");
    if (value == json.end()) return std::nullopt;
    if (!value->is_number() || !(value->get<double>() > 0) || !std::isfinite(value->get<double>()))
      throw refused(cat("RepetitionTime is ", value->dump(), "; it must be a number of seconds above 0"));
    return value->get<double>();
  });
}

}  // namespace

std::optional<double> sidecar_repetition_time(const fs::path& image) {
  const std::string stem = image_stem(image);
  const std::vector<fs::path> folders = folders_of(image);
  if (folders.empty()) {
    const fs::path own = image.parent_path() / (stem + ".json");
    return fs::exists(own) ? repetition_time_in(own) : std::nullopt;
  }
  for (const fs::path& folder : folders)
    for (const fs::path& file : sidecars_in(folder, NameParts(stem)))
      if (const auto seconds = repetition_time_in(file)) return seconds;
  return std::nullopt;
}

}  // namespace tazuna
