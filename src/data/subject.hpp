// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

/// An image: a file, or one of several channels that a file holds as its volumes, as MSD's do.
struct ImageRef {
  std::filesystem::path file;
  int64_t channel = 0, channels = 1;  ///< which of how many
  /// " 1/4" for the second of four, "" for a file of its own.
  std::string part() const {
    std::string text;
    if (channels > 1)
      text.append(" ").append(std::to_string(channel)).append("/").append(std::to_string(channels));
    return text;
  }
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
  /// Cases that a problem keeps from being used, with what is known of them: names and values, some files.
  std::vector<Subject> unusable = {};

  /// The names of a map's labels: its own, else the cohort's.
  const NamedIntegers& labels_for(const std::string& map) const {
    const auto own = labels_of_map.find(map);
    return own == labels_of_map.end() ? labels : own->second;
  }
};

}  // namespace tazuna
