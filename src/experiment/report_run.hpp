// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "data/split.hpp"
#include "experiment/config.hpp"

namespace tazuna {

/// A voxel task in the words a report needs.
struct ReportedTask {
  std::string name, map;
  NamedIntegers structures;
};

/// A network that was trained: the run itself, or one of its folds.
struct RunPart {
  std::filesystem::path folder;
  std::string fold;                  ///< "0", "none"; "" if unknown
  Fold cases;                        ///< who trained, who was held out
  std::optional<std::string> model;  ///< text of model.json; nothing before the end of training
};

/// What a run folder holds, read once; what could not be read is missing here and said in the log.
struct RunOnDisk {
  std::filesystem::path folder;
  bool of_all_folds = false;
  std::vector<RunPart> parts;
  std::optional<ExperimentConfig> config;
  std::optional<Cohort> cohort;
  std::string no_cohort;  ///< why it could not be read
  size_t folds = 0;       ///< of the split; 0: unknown

  std::vector<ReportedTask> tasks() const;      ///< voxel tasks
  std::vector<std::string> task_names() const;  ///< of all tasks
  std::vector<std::string> sequences() const;
  const Subject* subject(const std::string& case_id) const;
  /// Persons by case; empty without a cohort.
  std::map<std::string, std::string> persons() const;
  /// Where cases.tsv, means.tsv, subjects.tsv, task_scores.tsv and summary.json of all held-out cases lie,
  /// relative to `folder`.
  std::filesystem::path scores() const { return of_all_folds ? "" : "validation"; }
  bool finished() const;
};

/// Refuses a folder that is no run.
RunOnDisk read_run(const std::filesystem::path& folder, Log& log);

}  // namespace tazuna
