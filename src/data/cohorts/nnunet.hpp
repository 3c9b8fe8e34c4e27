// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "data/cohorts/found.hpp"

namespace tazuna {

/// A folder in MSD / nnU-Net v1 (`training` pairs in dataset.json) or nnU-Net v2 layout
/// (imagesTr/ID_0000.nii.gz, labelsTr/ID.nii.gz, `channel_names`). Label maps are known under the selector
/// "label". The person of a case is its id unless `person_pattern` captures it. Columns of a table `values`
/// are the cases' values.
struct NnunetOptions {
  static constexpr std::string_view kind = "nnunet";
  std::filesystem::path root;
  std::string person_pattern;         ///< regular expression whose first group is the person; empty: the id
  std::filesystem::path values = {};  ///< a row a case, relative to the root; empty: none
};
void describe(Fields& fields, NnunetOptions& options);
/// Refuses a missing or malformed dataset.json and an empty folder. An image without its label or channels, a
/// path that leaves the dataset and another number of cases than promised go to `problems`.
Cohort read_cohort(const NnunetOptions& options, const CohortRequest& request, Problems& problems);
/// The same for scores, with the label maps of all cases whose files' names are UTF-8; any problem is an
/// Error (refused).
Cohort read_cohort(const NnunetOptions& options);

}  // namespace tazuna
