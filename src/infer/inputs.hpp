// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// A case to predict, or why its files do not make one.
struct InputCase {
  std::shared_ptr<const Subject> subject;
  std::string problem;  ///< a sentence that begins with the case's id; empty: ready to be read
};

/// What a model takes of a case.
struct InputRequest {
  std::vector<std::string> sequences;    ///< its channels in order
  std::vector<std::string> filter = {};  ///< "entity-value": which of several matching BIDS files is meant
  bool filter_asked = false;  ///< by the user, and not by the model alone: some input must be a BIDS dataset
  bool missing = false;       ///< cases may lack some, not all, of the sequences
  std::vector<std::string> columns = {};  ///< values it reads beside the images
  std::string person = {};                ///< column that names the person, where a case has a value in it
  /// By channel: the BIDS selector or the table's column it goes by, where that is not its name.
  std::map<std::string, std::string> selectors = {};
};

/// The cases behind files, folders, tables and datasets, sorted by id.
/// * A file or each image of a folder (not of its subfolders): NAME_0000, NAME_0001, … are the channels of
///   case NAME where there is a NAME_0000 or the model has several channels; any other image is a case of its
///   own. A folder of DICOM files is one image. Where names are BIDS names, see FlatBids: of a folder the
///   model's sequences are taken, and those of one person, session and run are one case.
/// * A folder that holds sub-* folders is a BIDS dataset (data/cohorts/bids.hpp); where columns are wanted,
///   its participants.tsv is read.
/// * A .tsv or .csv table (data/cohorts/table.hpp): a row a case, a column a sequence; other columns are the
///   case's values.
/// A missing or surplus channel and whatever else is wrong with one case is that case's problem. So is a name
/// that is no UTF-8; the case then goes by a name with %E9 for each such byte. No case at all, a path that is
/// not there or cannot be read, an unreadable table (one that is no UTF-8 too), the same id twice, and
/// selectors where no input is a dataset or a table and no file has a BIDS name are refused. `log` takes what
/// datasets warn of, unreadable folders in a folder and images that are passed over.
std::vector<InputCase> find_inputs(const std::vector<std::filesystem::path>& inputs,
                                   const InputRequest& request, Log& log);

}  // namespace tazuna
