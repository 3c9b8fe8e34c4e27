// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "infer/case_rows.hpp"
#include "infer/cleanup.hpp"

namespace tazuna {

/// "sub-01.nii.gz", or "sub-01_lesion.nii.gz" where there are several voxel tasks: the label map of a case.
std::string label_file(const std::string& case_id, const std::string& task, size_t voxel_tasks,
                       const std::string& ending = ".nii.gz");

/// The files of a case below an output folder: their names and their writing.
class CaseOutputs {
 public:
  struct Options {
    std::filesystem::path out;
    bool probabilities = false;  ///< class shares beside the label map
    bool uncertainty = false;    ///< their normalised entropy beside it, and its means beside the volumes
    bool bids = false;           ///< names of a BIDS derivatives dataset, with sidecars
  };
  CaseOutputs(Options options, std::vector<TaskStructures> tasks);

  /// Everything that is written for a case, relative to the output folder.
  std::vector<std::string> files(const Subject& subject) const;
  /// Every structure that is measured, without sizes: the volumes of a failed case.
  std::vector<VolumeRow> structures() const;
  /// Writes the answer of voxel task `task` and returns the volumes of its structures; nothing of a subject
  /// task.
  std::vector<VolumeRow> write(const Subject& subject, const std::string& task,
                               const Prediction& answer) const;

 private:
  struct TaskFiles;
  TaskFiles files_of(const Subject& subject, const std::string& task) const;
  void write_text(const std::string& file, const std::string& text) const;

  Options options_;
  std::vector<TaskStructures> tasks_;
};

}  // namespace tazuna
