// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/text.hpp"
#include "data/cohorts/bids.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

namespace tazuna {

/// A BIDS dataset of empty images: a cohort is read by names. "01/T1w" stands for
/// sub-01/anat/sub-01_T1w.nii.gz, "01/02/T1w" for session 02, "manual:01/label-lesion_mask" for a file below
/// derivatives/manual.
class BidsFolder {
 public:
  explicit BidsFolder(const std::vector<std::string>& files) {
    write("dataset_description.json", R"({"Name": "Made up", "BIDSVersion": "1.9.0"})");
    for (const std::string& file : files) add(file);
  }
  const std::filesystem::path& root() const { return folder_.path(); }
  void write(const std::string& name, std::string_view text) const { write_atomically(root() / name, text); }
  void add(const std::string& file) const { write(path_of(file).string(), ""); }

  static std::filesystem::path path_of(const std::string& file) {
    const size_t colon = file.find(':');
    const std::filesystem::path below =
        colon == std::string::npos ? "" : std::filesystem::path("derivatives") / file.substr(0, colon);
    std::vector<std::string> parts = split_text(file.substr(colon == std::string::npos ? 0 : colon + 1), '/');
    const std::string name = parts.back();
    std::filesystem::path folder = below / ("sub-" + parts[0]);
    std::string stem = "sub-" + parts[0];
    if (parts.size() > 2) {
      folder /= "ses-" + parts[1];
      stem += "_ses-" + parts[1];
    }
    return folder / "anat" / (stem + "_" + name + ".nii.gz");
  }

  /// The cohort; `problems` takes one line a problem.
  Cohort read(const CohortRequest& request, BidsOptions options, std::string* problems = nullptr) const {
    options.root = root();
    Problems found;
    Cohort cohort = read_cohort(options, request, found);
    if (!problems) {
      found.throw_if_any();
    } else {
      for (const Problem& problem : found.list()) *problems += problem.where + ": " + problem.sentence + "\n";
    }
    return cohort;
  }
  std::string message(const CohortRequest& request, const BidsOptions& options = {}) const {
    return refusal_of([&] { read(request, options); });
  }

 private:
  ScratchFolder folder_;
};

inline std::vector<std::string> ids_of(const Cohort& cohort) {
  std::vector<std::string> ids;
  for (const Subject& subject : cohort.subjects) ids.push_back(subject.id);
  return ids;
}

}  // namespace tazuna
