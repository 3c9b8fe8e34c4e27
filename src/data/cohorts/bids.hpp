// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/cohorts/found.hpp"

namespace tazuna {

/// A BIDS dataset: cases are sub-*/ or sub-*/ses-*/, the person is the sub-*. Sequences and label maps are
/// chosen by selectors (BidsSelector) in the case's folder and the folders in it; label maps below
/// derivatives/NAME. Columns of participants.tsv, and of sub-*/sub-*_sessions.tsv, are the cases' values.
struct BidsOptions {
  static constexpr std::string_view kind = "bids";
  std::filesystem::path root = {};
  std::string derivatives = {};  ///< name below ROOT/derivatives; empty: maps lie beside the images
  std::filesystem::path participants = {};  ///< empty: ROOT/participants.tsv, if there is one
  std::vector<std::string> exclude = {};    ///< ids or persons that are left out
};
void describe(Fields& fields, BidsOptions& options);

/// Whether a folder looks like BIDS: it holds folders named sub-*.
bool is_bids(const std::filesystem::path& folder);

/// All cases, what is wrong with one beside it. Refuses a missing folder, a dataset without sub-* folders, a
/// participants.tsv that cannot be read or speaks of nobody, and an `exclude` that names nobody.
FoundCohort find_cases(const BidsOptions& options, const CohortRequest& request);

/// The cohort of the cases that have all sequences. A case that has nothing of what was asked for, nor
/// anything that may be meant, is left out with a warning, unless all are so. The label names of dseg maps
/// come from their dseg.tsv: in derivatives/NAME (SELECTOR.tsv, then dseg.tsv), in ROOT, or beside the map.
Cohort read_cohort(const BidsOptions& options, const CohortRequest& request, Problems& problems);

}  // namespace tazuna
