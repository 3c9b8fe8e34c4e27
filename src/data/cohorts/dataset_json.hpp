// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace tazuna {

/// One training case that dataset.json lists itself, with its files as written there.
struct ListedCase {
  std::string id;
  std::vector<std::filesystem::path> images;  ///< one (MSD, nnU-Net v1) or one a channel (`dataset` of v2)
  std::filesystem::path label;
};

/// What an MSD or nnU-Net dataset.json says, whichever of their dialects it is written in.
struct DatasetJson {
  std::string name;
  /// `channel_names` (v2) or `modality` (MSD, v1), in channel order; of two with one name the second is
  /// NAME_2.
  std::vector<std::string> channels;
  NamedIntegers labels;  ///< foreground, sorted by value; background (0) is left out
  std::string file_ending = ".nii.gz";
  std::optional<int64_t> training_cases;  ///< `numTraining`
  std::vector<ListedCase>
      listed;  ///< of `training` or `dataset`; empty: the folders say which cases there are
};

/// Reads and checks `file`; everything wrong in it stands in one Error (refused). Region labels (lists of
/// values) are refused; nnU-Net's `ignore` is a label like others here.
DatasetJson read_dataset_json(const std::filesystem::path& file);

}  // namespace tazuna
