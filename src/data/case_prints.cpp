// SPDX-License-Identifier: Apache-2.0
#include "data/case_prints.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "data/sidecar.hpp"
#include "data/split_persons.hpp"
#include "image/volume.hpp"

namespace tazuna {

// Not the id, which is the cohort's matter. Doubles come back from JSON to the last bit.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CasePrint, cropped_size, spacing, crop_share, frame_seconds, image_sha256,
                                   map_sha256, labels, empty_images, header_seconds, grids_apart)

namespace {

constexpr int print_format = 2;  // of keys and prints; a change makes all old ones unknown
constexpr size_t digest_length = 64;

/// Words with their length in front, so that no two lists of words make one text.
class KeyText {
 public:
  KeyText& add(std::string_view words) {
    text_ += cat(words.size(), ":", words, ";");
    return *this;
  }
  /// Every file that the image consists of.
  void add_image(const std::filesystem::path& image) {
    const std::string ending = in_small_letters(image.extension().string());
    if (ending == ".nhdr" || ending == ".mhd")
      throw refused(cat(image.string(), ": its voxels lie in another file"));
    for (const auto& file : files_of_image(image)) add(identity_of(file));
  }
  std::string digest() const { return sha256(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string print_key(const Subject& subject, const FingerprintOptions& options) {
  KeyText key;
  key.add(cat("tazuna print ", print_format, options.missing ? " missing" : "",
              options.series ? " series" : "", options.zero_nonfinite ? " zero" : ""));
  const auto slice = subject.values.find(options.slice_column);
  key.add(options.slice_axis)
      .add(options.slice_column)
      .add(slice == subject.values.end() ? "" : slice->second);
  try {
    for (const std::string& sequence : options.sequences) {
      key.add("image").add(sequence);
      const auto found = subject.images.find(sequence);
      if (found == subject.images.end()) continue;
      key.add_image(found->second.file);
      key.add(found->second.part());
      if (options.series) key.add(number_text(sidecar_repetition_time(found->second.file).value_or(0)));
    }
    for (const std::string& map : options.maps) {
      const auto allowed = options.allowed_labels.find(map);
      key.add("map").add(map).add(allowed == options.allowed_labels.end() ? "any"
                                                                          : join(allowed->second, ","));
      if (const auto found = subject.maps.find(map); found != subject.maps.end())
        key.add_image(found->second.file);
    }
  } catch (const std::exception&) {  // whoever reads the file says what is wrong
    return "";
  }
  return key.digest();
}

CasePrints::CasePrints(const std::filesystem::path& folder)
    : memory_(folder.empty() ? folder : folder / "prints.json") {}

std::optional<CasePrint> CasePrints::find(const std::string& key) const {
  const auto kept = memory_.find(key);
  if (!kept || kept->size() < digest_length) return std::nullopt;
  const std::string text = kept->substr(digest_length);
  if (sha256(text) != kept->substr(0, digest_length)) return std::nullopt;
  return nlohmann::json::parse(text).get<CasePrint>();
}

void CasePrints::keep(const std::string& key, const CasePrint& print) {
  const std::string text = nlohmann::json(print).dump();
  memory_.keep(key, sha256(text) + text);
}

void CasePrints::save(Log& log) {
  try {
    memory_.save();
  } catch (const Error& error) {
    log.warn(cat("what was read of the cases is not remembered, so that the next start reads them again: ",
                 error.what()));
  }
}

}  // namespace tazuna
