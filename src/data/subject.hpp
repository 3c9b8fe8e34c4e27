// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

struct ImageRef {
  std::filesystem::path file;
  std::optional<int64_t> slice;
};

/// One case in words: one image set that gets one prediction. `person` is the unit of splits and statistics.
struct Subject {
  std::string id, person, session, site;
  std::map<std::string, ImageRef> images;     ///< by sequence name ("MRI", "T1w")
  std::map<std::string, ImageRef> maps;       ///< by map selector ("label")
  std::map<std::string, std::string> values;  ///< columns of a participants table
};

/// What the tasks ask of the data, in the data layer's words.
struct Wants {
  std::vector<std::string> maps;     ///< selectors of voxel maps
  std::vector<std::string> columns;  ///< columns of subject values
};

/// A cohort as read: its cases sorted by id, and what its own files say about names.
struct Cohort {
  std::string name;
  std::vector<std::string> sequences;  ///< in channel order
  std::vector<Subject> subjects;
  NamedIntegers labels;  ///< foreground label names of the cohort's own description; may be empty
};

}  // namespace tazuna
