// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/cohorts/bids_name.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// The image files that lie where those of one case are looked for.
struct BidsFiles {
  std::vector<std::pair<BidsName, std::filesystem::path>> own;  ///< sorted by path
  /// The files whose names do not make them the case's: "sub-01_T1w.nii.gz, whose name lacks ses-02"; sorted.
  std::vector<std::string> passed_over;

  std::set<std::string> selectors() const;  ///< of its own
};

/// Names of the folders in `folder` that begin with `prefix`, sorted; none where there is no such folder.
/// What cannot be told from a folder, such as a link to itself, counts as one: whoever looks into it is told
/// why.
std::vector<std::string> folders_in(const std::filesystem::path& folder, const std::string& prefix = "");

/// The images in a case's folder and the folders in it but those of sessions, without hidden files. A folder
/// that cannot be read is a filesystem_error.
BidsFiles bids_files(const std::filesystem::path& folder, const Subject& subject);

}  // namespace tazuna
