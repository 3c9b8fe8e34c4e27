// SPDX-License-Identifier: Apache-2.0
#include "infer/flat_bids.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/volume.hpp"
#include "infer/short_list.hpp"

namespace tazuna {

namespace {

namespace fs = std::filesystem;

std::optional<BidsName> name_in_bids(const fs::path& image) {
  const std::string stem = image_stem(image);
  std::optional<BidsName> name = stem.starts_with("sub-") ? bids_name(stem) : std::nullopt;
  if (name && name->suffix.find_first_not_of("0123456789") == std::string::npos) name.reset();
  return name;
}

/// Whether a text is a selector, or several (A|B). A sequence may be called anything.
bool selects(const std::string& text) {
  return std::ranges::all_of(split_text(text, '|'),
                             [](const std::string& one) { return bids_name(one).has_value(); });
}

/// "FLAIR", "label-lesion_mask": what the names of these images say that they are.
std::set<std::string> kinds_of(const std::vector<fs::path>& images) {
  std::set<std::string> kinds;
  for (const fs::path& image : images) kinds.insert(name_in_bids(image)->selector());
  return kinds;
}

std::vector<std::string> file_names(const std::vector<fs::path>& images) {
  std::vector<std::string> names;
  for (const fs::path& image : images) names.push_back(image.filename().string());
  return names;
}

}  // namespace

FlatBids::FlatBids(const InputRequest& request) : sequences_(request.sequences) {
  for (size_t i = 0; i < sequences_.size(); ++i) {
    const auto own = request.selectors.find(sequences_[i]);
    const std::string& text = own == request.selectors.end() ? sequences_[i] : own->second;
    taken_.push_back(own == request.selectors.end() ? text : cat(text, " as ", sequences_[i]));
    if (selects(text)) selectors_.emplace_back(static_cast<int64_t>(i), BidsSelector(text));
  }
}

std::optional<int64_t> FlatBids::channel(const fs::path& image) const {
  const std::optional<BidsName> name = name_in_bids(image);
  const auto own = std::ranges::find_if(
      selectors_, [&name](const auto& selector) { return name && selector.second.matches(*name); });
  return own == selectors_.end() ? std::nullopt : std::optional(own->first);
}

std::string FlatBids::case_of(const fs::path& image) {
  std::vector<std::string> parts = split_text(image_stem(image), '_');
  std::erase_if(parts, [](const std::string& part) {
    return !part.starts_with("sub-") && !part.starts_with("ses-") && !part.starts_with("run-") &&
           !part.starts_with("space-");
  });
  return join(parts, "_");
}

bool FlatBids::is_named(const fs::path& image) {
  return name_in_bids(image).has_value();
}

std::vector<fs::path> FlatBids::meant(const fs::path& folder, std::vector<fs::path> images, Log& log) const {
  const auto others_begin =
      std::stable_partition(images.begin(), images.end(), [this](const auto& one) { return !is_other(one); });
  const std::vector<fs::path> others(others_begin, images.end());
  if (others.empty()) return images;
  const std::string kinds = short_list(kinds_of(others)), taken = join(taken_, " and ");
  if (std::none_of(images.begin(), others_begin, is_named)) {
    if (sequences_.size() > 1) return images;  // each of them fails, unless it holds a volume for each
    const std::string& wanted = sequences_.front();
    if (others_begin == images.begin())
      throw refused(cat(folder.string(), ": the model takes ", taken,
                        ", but by their BIDS names the files are ", kinds, "; name what is its ", wanted,
                        " by --sequence ", wanted, "=SELECTOR, for example ", wanted, "=",
                        *kinds_of(others).begin()));
    tell_others(others, log);
    return images;
  }
  log.warn(cat(folder.string(), ": ", others.size(), others.size() == 1 ? " image is" : " images are",
               " passed over, since the model takes ", taken, " and their BIDS names say ", kinds, ": ",
               short_list(file_names(others), 3)));
  images.erase(others_begin, images.end());
  return images;
}

void FlatBids::tell_others(const std::vector<fs::path>& images, Log& log) const {
  std::vector<fs::path> others;
  std::ranges::copy_if(images, std::back_inserter(others), [this](const auto& one) { return is_other(one); });
  if (others.empty() || sequences_.size() > 1) return;
  log.warn(cat("predicted as ", sequences_.front(), ", though the BIDS name says ",
               short_list(kinds_of(others)), ": ", short_list(file_names(others), 3)));
}

}  // namespace tazuna
