// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// A case to predict, or why its files do not make one.
struct InputCase {
  std::shared_ptr<const Subject> subject;
  std::string problem;  ///< a sentence that begins with the case's id; empty: ready to be read
};

/// What a model takes of a case.
struct InputRequest {
  std::vector<std::string> sequences;     ///< its channels in order
  std::vector<std::string> filter = {};   ///< "entity-value": which of several matching BIDS files is meant
  bool missing = false;                   ///< cases may lack some, not all, of the sequences
  std::vector<std::string> columns = {};  ///< values it reads beside the images
};

/// The cases behind files, folders, tables and datasets, sorted by id.
/// * A file or each image of a folder (not of its subfolders): NAME_0000, NAME_0001, … are the channels of
///   case NAME where there is a NAME_0000 or the model has several channels; any other image is a case of its
///   own. A folder of DICOM files is one image.
/// * A folder that holds sub-* folders is a BIDS dataset (data/cohorts/bids.hpp); where columns are wanted,
/// its
///   participants.tsv is read.
/// * A .tsv or .csv table (data/cohorts/table.hpp): a row a case, a column a sequence; other columns are the
///   case's values.
/// A missing or surplus channel and whatever else is wrong with one case is that case's problem; no case at
/// all, a path that is not there, an unreadable table and the same id twice are refused.
std::vector<InputCase> find_inputs(const std::vector<std::filesystem::path>& inputs,
                                   const InputRequest& request);

}  // namespace tazuna
