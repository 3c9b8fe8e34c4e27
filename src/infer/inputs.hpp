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

/// The cases behind files, folders and tables, sorted by id. `sequences`: channels of the model in order.
/// * A file or each image file of a folder (not of its subfolders): NAME_0000, NAME_0001, … are the channels
/// of
///   case NAME where there is a NAME_0000 or the model has several channels; any other file is a case of its
///   own.
/// * A .tsv or .csv table: a column `case`, one column a sequence with file names relative to the table's
/// folder
///   ("n/a" or empty: missing), and if there are any, columns `person` and `session`.
/// A missing or surplus channel is the case's problem; no case at all, a path that is not there, an
/// unreadable table and the same id twice are refused.
std::vector<InputCase> find_inputs(const std::vector<std::filesystem::path>& inputs,
                                   const std::vector<std::string>& sequences);

}  // namespace tazuna
