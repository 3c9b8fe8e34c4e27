// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "infer/inputs.hpp"

namespace tazuna {

/// What a case is called in a BIDS dataset (BIDS 1.11, "Entities").
struct DerivativeName {
  std::vector<std::pair<std::string, std::string>> entities;  ///< {"sub", "01"}, …, in the standard's order
  bool made = false;  ///< the case has no BIDS name; this one was made of its person, session and id

  /// The value of an entity; "" where the name has none.
  std::string value(const std::string& entity) const;
  /// "sub-01/ses-02/anat".
  std::string folder() const;
  /// "sub-01_ses-02_run-1": all entities.
  std::string stem() const;
  /// "sub-01/ses-02/anat/sub-01_ses-02_run-1_seg-lesion_dseg" for suffix "dseg" of task `lesion`; endings
  /// follow.
  std::string file(const std::string& task, const std::string& suffix) const;
};

/// From a case id of entities (`sub-01_ses-02_run-1_T1w`; a suffix and a former `seg` go) with the case's
/// session where the id has none; of other ids from person and session where the case has a session, else
/// from the id, letters and digits alone. Refuses a case for which nothing is left.
DerivativeName derivative_name(const Subject& subject);

/// Refuses cases whose BIDS names are equal, all in one Error.
void expect_distinct_names(const std::vector<InputCase>& cases);

/// Only the cases of these participants and sessions (labels with or without `sub-` and `ses-`; an empty list
/// asks for all). Refuses a label that no case has.
std::vector<InputCase> of_labels(const std::vector<InputCase>& cases,
                                 const std::vector<std::string>& participants,
                                 const std::vector<std::string>& sessions);

/// Makes `out`, a folder claimed by `predict`, a derivatives dataset: dataset_description.json, and a
/// .bidsignore that names the tables beside it and the maps of uncertainty, for which the standard has no
/// suffix. Its sources are the inputs' folders. Refuses a folder that holds predictions under other names.
void begin_bids_dataset(const std::filesystem::path& out, const std::string& model_sha256,
                        const std::vector<std::filesystem::path>& inputs);
/// Refuses a folder that holds a derivatives dataset.
void expect_no_bids_dataset(const std::filesystem::path& out);

}  // namespace tazuna
