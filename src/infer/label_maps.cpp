// SPDX-License-Identifier: Apache-2.0
#include "infer/label_maps.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids_name.hpp"
#include "data/cohorts/bids_tables.hpp"
#include "image/volume.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

bool is_label_map_name(const fs::path& file) {
  const std::string stem = image_stem(file);
  return is_image_name(file) && (stem.ends_with("_dseg") || stem.ends_with("_mask"));
}

bool is_probability_name(const std::string& stem) {
  return stem.ends_with("_probabilities") || stem.ends_with("_probseg");
}

/// Sorted, so that messages do not depend on the file system.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string()[0] != '.') entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

[[noreturn]] void refuse_two(const std::string& what, const std::string& case_id, const fs::path& one,
                             const fs::path& other) {
  throw refused(cat("two ", what, " of one case (", case_id, "): ", one.string(), " and ", other.string(),
                    "; put those that are meant into a folder of their own"));
}

std::map<std::string, fs::path> flat_maps(const fs::path& folder, const std::string& what,
                                          bool by_bids_case) {
  std::map<std::string, fs::path> files;
  for (const fs::path& file : entries_of(folder)) {
    if (!fs::is_regular_file(file) || !is_image_name(file)) continue;
    const std::string stem = image_stem(file), key = by_bids_case ? bids_case(stem) : stem;
    if (key.empty() || (by_bids_case && is_probability_name(stem))) continue;
    const auto [place, added] = files.insert({key, file});
    if (added || (stem != key && image_stem(place->second) == key))
      continue;  // sorted: the exact name is first
    refuse_two(what, key, place->second, file);
  }
  return files;
}

std::map<std::string, fs::path> bids_maps(const fs::path& root, const std::string& what) {
  std::map<std::string, fs::path> files;
  for (const fs::path& subject : entries_of(root)) {
    if (!fs::is_directory(subject) || !subject.filename().string().starts_with("sub-")) continue;
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(subject))
      if (entry.is_regular_file() && is_label_map_name(entry.path())) found.push_back(entry.path());
    std::ranges::sort(found);
    for (const fs::path& file : found) {
      const std::string key = bids_case(image_stem(file));
      if (key.empty()) continue;
      const auto [place, added] = files.insert({key, file});
      if (!added) refuse_two(what, key, place->second, file);
    }
  }
  return files;
}

/// "lesion" of sub-01_label-lesion_mask; "" of others.
std::string mask_label(const fs::path& file) {
  const auto name = bids_name(image_stem(file));
  return name && name->suffix == "mask" && name->entities.contains("label") ? name->entities.at("label") : "";
}

NamedIntegers names_of(const fs::path& root, const std::map<std::string, fs::path>& files) {
  if (fs::exists(root / "dseg.tsv")) return read_label_names(root / "dseg.tsv");
  std::set<std::string> labels;
  for (const auto& [id, file] : files) labels.insert(mask_label(file));
  if (labels.size() != 1 || labels.begin()->empty()) return {};
  return {{*labels.begin(), 1}};
}

LabelMaps maps_below(const fs::path& root, const std::string& what) {
  LabelMaps maps{bids_maps(root, what), {}};
  fs::path owner = root;
  if (maps.files.empty() && fs::is_directory(root / "derivatives")) {
    for (const fs::path& derivative : entries_of(root / "derivatives")) {
      if (!fs::is_directory(derivative)) continue;
      auto files = bids_maps(derivative, what);
      if (files.empty()) continue;
      if (!maps.files.empty())
        throw refused(cat("two derivatives hold label maps: ", owner.string(), " and ", derivative.string(),
                          "; name the one that is meant"));
      maps.files = std::move(files);
      owner = derivative;
    }
  }
  maps.labels = names_of(owner, maps.files);
  return maps;
}

}  // namespace

std::string bids_case(const std::string& stem) {
  static const std::regex name("(sub-[A-Za-z0-9+]+(?:_ses-[A-Za-z0-9+]+)?)(?:_.*)?");
  std::smatch parts;
  return std::regex_match(stem, parts, name) ? parts[1].str() : "";
}

std::string person_of_case(const std::string& case_id) {
  const std::string known = bids_case(case_id);
  return known.empty() ? case_id : known.substr(0, known.find('_'));
}

bool is_bids_folder(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  return std::ranges::any_of(entries_of(folder), [](const fs::path& entry) {
    return entry.filename().string().starts_with("sub-") && fs::is_directory(entry);
  });
}

LabelMaps find_label_maps(const fs::path& folder, const std::string& what, bool by_bids_case, bool required) {
  if (!fs::is_directory(folder)) throw refused(cat(folder.string(), ": there is no such folder of ", what));
  const bool nested = is_bids_folder(folder);
  LabelMaps maps = nested ? maps_below(folder, what) : LabelMaps{flat_maps(folder, what, by_bids_case), {}};
  if (!maps.files.empty() || !required) return maps;
  throw refused(nested ? cat(folder.string(), ": no label map (…_dseg or …_mask) below its sub-… folders")
                : by_bids_case
                    ? cat(folder.string(),
                          ": no label map in this folder is named after a case, as sub-01 or ",
                          "sub-01_ses-2")
                    : cat(folder.string(), ": no label map (.nii, .nii.gz, .nrrd, …) in this folder"));
}

}  // namespace tazuna
