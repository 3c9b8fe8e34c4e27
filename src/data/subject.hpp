// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

struct ImageRef {
  std::filesystem::path file;
};

/// One case in words: one image set that gets one prediction. `person` is the unit of splits and statistics.
struct Subject {
  std::string id, person, session, site;
  std::map<std::string, ImageRef> images;     ///< by sequence name ("MRI", "T1w")
  std::map<std::string, ImageRef> maps;       ///< by map selector ("label")
  std::map<std::string, std::string> values;  ///< columns of a participants table; missing ones are left out
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
  std::map<std::string, NamedIntegers> labels_of_map = {};  ///< by selector, where a map has its own names
  std::vector<std::string> columns = {};                    ///< of the cases' values
  std::vector<std::string> warnings = {};                   ///< sentences worth reading before training

  /// The names of a map's labels: its own, else the cohort's.
  const NamedIntegers& labels_for(const std::string& map) const {
    const auto own = labels_of_map.find(map);
    return own == labels_of_map.end() ? labels : own->second;
  }
};

}  // namespace tazuna
