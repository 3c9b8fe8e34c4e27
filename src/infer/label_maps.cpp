// SPDX-License-Identifier: Apache-2.0
#include "infer/label_maps.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids_name.hpp"
#include "data/cohorts/bids_tables.hpp"
#include "data/cohorts/found.hpp"
#include "image/volume.hpp"
#include "infer/bids_output.hpp"
#include "infer/folders.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

bool is_label_map_name(const fs::path& file) {
  const std::string stem = image_stem(file);
  return is_image_name(file) && (stem.ends_with("_dseg") || stem.ends_with("_mask"));
}

/// Of what `predict` writes beside label maps.
using Paths = std::vector<fs::path>;
using Candidates = std::map<std::string, Paths>;  // by case, sorted

Candidates flat_candidates(const fs::path& folder, bool by_bids_case) {
  Candidates all;
  for (const fs::path& file : entries_of(folder)) {
    if (is_folder(file) || !is_image_name(file)) continue;  // what cannot be read fails alone
    const std::string stem = image_stem(file), key = by_bids_case ? bids_case(stem) : stem;
    if (key.empty() || (by_bids_case && is_other_map_name(stem))) continue;
    all[key].push_back(file);
  }
  return all;
}

Candidates bids_candidates(const fs::path& root) {
  Candidates all;
  for (const fs::path& subject : entries_of(root)) {
    if (!is_folder(subject) || !subject.filename().string().starts_with("sub-")) continue;
    Paths found;
    const auto readable = fs::directory_options::skip_permission_denied;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(subject, readable))
      if (!is_folder(entry.path()) && is_label_map_name(entry.path())) found.push_back(entry.path());
    std::ranges::sort(found);
    for (const fs::path& file : found)
      if (const std::string key = bids_case(image_stem(file)); !key.empty()) all[key].push_back(file);
  }
  return all;
}

/// "label-lesion_mask" of sub-01_label-lesion_mask; "" of what is no BIDS name.
std::string selector_of(const fs::path& file) {
  const auto name = bids_name(image_stem(file));
  return name ? name->selector() : "";
}

std::set<std::string> selectors_of(const Candidates& all) {
  std::set<std::string> selectors;
  for (const auto& [key, files] : all)
    for (const fs::path& file : files) selectors.insert(selector_of(file));
  selectors.erase("");
  return selectors;
}

/// The folders of a raw dataset's derivatives, sorted.
Paths derivatives_of(const fs::path& root) {
  Paths folders;
  if (!is_folder(root / "derivatives")) return folders;
  for (const fs::path& folder : entries_of(root / "derivatives"))
    if (is_folder(folder) && unreadable(folder).empty()) folders.push_back(folder);
  return folders;
}

/// The value of the entity `seg` in the names of a task's maps.
std::string seg_of(const std::string& task) {
  Subject any;
  any.id = "sub-1";
  const auto name = bids_name(fs::path(derivative_name(any).file(task, "dseg")).filename().string());
  return name && name->entities.contains("seg") ? name->entities.at("seg") : "";
}

/// The files of one case that the wish means: one, if it tells them apart.
class MeantFiles {
 public:
  explicit MeantFiles(const MapWish& wish) : wish_(wish), seg_(wish.task.empty() ? "" : seg_of(wish.task)) {
    if (!wish.selector.empty())
      within(cat("--map ", wish.selector), [&] { selector_.emplace(wish.selector); });
  }

  Paths of(const std::string& key, const Paths& files) const {
    if (wish_.demanded && selector_) return those(files, [this](auto& file) { return is_selected(file); });
    if (files.size() == 1) return files;
    const Paths exact = those(files, [&key](auto& file) { return image_stem(file) == key; });
    if (exact.size() == 1) return exact;
    const Paths drawn = those(files, [this](auto& file) { return is_of_task(file); });
    if (!drawn.empty()) return drawn;
    const Paths selected = those(files, [this](auto& file) { return is_selected(file); });
    return selected.empty() ? files : selected;
  }

 private:
  template <class Fits>
  static Paths those(Paths files, const Fits& fits) {
    std::erase_if(files, [&fits](const fs::path& file) { return !fits(file); });
    return files;
  }
  bool is_selected(const fs::path& file) const {
    const auto name = bids_name(image_stem(file));
    return selector_ && name && selector_->matches(*name);
  }
  bool is_of_task(const fs::path& file) const {
    if (wish_.task.empty()) return false;
    const std::string stem = image_stem(file);
    const auto name = bids_name(stem);
    const bool by_entity = name && name->entities.contains("seg") && name->entities.at("seg") == seg_;
    return by_entity || stem.ends_with("_" + wish_.task);
  }

  const MapWish& wish_;
  const std::string seg_;
  std::optional<BidsSelector> selector_;
};

/// How `--map` tells two files of a case apart: the selectors there are, else one that says what differs.
std::string remedy(const Paths& files, const Candidates& all, const MapWish& wish) {
  const std::string elsewhere = "put those that are meant into a folder of their own";
  if (!wish.demanded) return wish.selector.empty() ? cat("name the map by --map, or ", elsewhere) : elsewhere;
  const auto one = bids_name(image_stem(files[0])), other = bids_name(image_stem(files[1]));
  if (!one || !other) return elsewhere;
  if (one->selector() != other->selector())
    return cat("choose one by --map: ", join(selectors_of(all), ", "));
  const std::string pair = telling_pair(*one, *other);
  return pair.empty() ? elsewhere : cat("choose one by --map, for example ", pair, "_", one->selector());
}

std::map<std::string, fs::path> chosen(const Candidates& all, const std::string& what, const MapWish& wish) {
  const MeantFiles meant(wish);
  std::map<std::string, fs::path> files;
  for (const auto& [key, candidates] : all) {
    const Paths left = meant.of(key, candidates);
    if (left.size() > 1)
      throw refused(cat("two ", what, " of one case (", key, "): ", left[0].string(), " and ",
                        left[1].string(), "; ", remedy(left, all, wish)));
    if (!left.empty()) files[key] = left.front();
  }
  return files;
}

/// "lesion" of sub-01_label-lesion_mask; "" of others.
std::string mask_label(const fs::path& file) {
  const auto name = bids_name(image_stem(file));
  return name && name->suffix == "mask" && name->entities.contains("label") ? name->entities.at("label") : "";
}

/// The selector that all files share, "" if they differ.
std::string shared_selector(const std::map<std::string, fs::path>& files) {
  std::set<std::string> selectors;
  for (const auto& [id, file] : files) selectors.insert(selector_of(file));
  return selectors.size() == 1 ? *selectors.begin() : "";
}

NamedIntegers names_of(const fs::path& root, const LabelMaps& maps) {
  std::set<std::string> labels;
  for (const auto& [id, file] : maps.files) labels.insert(mask_label(file));
  if (labels.size() == 1 && !labels.begin()->empty()) return {{*labels.begin(), 1}};
  for (const std::string& name : {maps.selector, std::string("dseg")})
    if (!name.empty() && fs::exists(root / (name + ".tsv"))) return read_label_names(root / (name + ".tsv"));
  return {};
}

LabelMaps maps_below(const fs::path& root, const std::string& what, const MapWish& wish) {
  LabelMaps maps{chosen(bids_candidates(root), what, wish), {}};
  fs::path owner = root;
  if (maps.files.empty()) {
    for (const fs::path& derivative : derivatives_of(root)) {
      auto files = chosen(bids_candidates(derivative), what, wish);
      if (files.empty()) continue;
      if (!maps.files.empty())
        throw refused(cat("two derivatives hold label maps: ", owner.string(), " and ", derivative.string(),
                          "; name the one that is meant"));
      maps.files = std::move(files);
      owner = derivative;
    }
  }
  maps.selector = shared_selector(maps.files);
  maps.labels = names_of(owner, maps);
  return maps;
}

LabelMaps maps_in(const fs::path& folder, const std::string& what, bool by_bids_case, const MapWish& wish) {
  LabelMaps maps{chosen(flat_candidates(folder, by_bids_case), what, wish), {}};
  maps.selector = shared_selector(maps.files);
  return maps;
}

}  // namespace

bool is_other_map_name(const std::string& stem) {
  return stem.ends_with("_probabilities") || stem.ends_with("_probseg") || stem.ends_with("_uncertainty");
}

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
  if (!is_folder(folder)) return false;
  return std::ranges::any_of(entries_of(folder), [](const fs::path& entry) {
    return entry.filename().string().starts_with("sub-") && is_folder(entry);
  });
}

std::set<std::string> map_selectors(const fs::path& folder) {
  if (!fs::is_directory(folder)) return {};
  if (!is_bids_folder(folder)) return selectors_of(flat_candidates(folder, /*by_bids_case=*/true));
  std::set<std::string> selectors = selectors_of(bids_candidates(folder));
  for (const fs::path& derivative : derivatives_of(folder))
    selectors.merge(selectors_of(bids_candidates(derivative)));
  return selectors;
}

LabelMaps find_label_maps(const fs::path& folder, const std::string& what, bool by_bids_case, bool required,
                          const MapWish& wish) {
  if (!fs::is_directory(folder)) throw refused(cat(folder.string(), ": there is no such folder of ", what));
  const bool nested = is_bids_folder(folder);
  LabelMaps maps = nested ? maps_below(folder, what, wish) : maps_in(folder, what, by_bids_case, wish);
  if (!maps.files.empty() || !required) return maps;
  if (wish.demanded && !wish.selector.empty())
    throw refused(cat("--map ", wish.selector, ": ", folder.string(), " holds no such label map",
                      offer(wish.selector, map_selectors(folder))));
  throw refused(nested ? cat(folder.string(), ": no label map (…_dseg or …_mask) below its sub-… folders")
                : by_bids_case
                    ? cat(folder.string(),
                          ": no label map in this folder is named after a case, as sub-01 or ",
                          "sub-01_ses-2")
                    : cat(folder.string(), ": no label map (.nii, .nii.gz, .nrrd, …) in this folder"));
}

}  // namespace tazuna
