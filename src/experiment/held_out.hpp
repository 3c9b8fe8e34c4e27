// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "data/cache.hpp"
#include "experiment/resolve.hpp"
#include "infer/predictor.hpp"
#include "infer/subject_table.hpp"
#include "train/trainer.hpp"

namespace tazuna {

/// The held-out cases of a fold, answered with the very code that predicts and scored on their native grids.
/// They choose nothing: curves and tables only.
class HeldOut {
 public:
  /// `cache` must outlive this object.
  HeldOut(const Experiment& experiment, std::vector<std::shared_ptr<const Subject>> cases, Cache& cache,
          std::vector<std::shared_ptr<Task>> tasks, at::Device device);
  /// Scores of the network as it is. Throws Interrupted between cases when a stop is asked for.
  Validation scores(Model& network) const;
  /// The same, and the label maps go to `folder` as CASE.nii.gz (CASE_TASK.nii.gz where there are several
  /// voxel tasks), the subject tasks' answers to subjects.tsv and task_scores.tsv, the scores to cases.tsv,
  /// means.tsv and, last, summary.json.
  Validation write(Model& network, const std::filesystem::path& folder) const;
  bool empty() const { return cases_.empty(); }

 private:
  using Visit = std::function<void(const Subject&, size_t task, const Prediction&)>;
  Validation answer(Model& network, const Visit& visit) const;
  std::vector<SubjectRow> subject_rows(const Validation& validation) const;

  std::vector<std::shared_ptr<const Subject>> cases_;
  Cache& cache_;
  std::vector<std::shared_ptr<Task>> tasks_;
  std::vector<std::string> maps_;
  WindowOptions window_;
  SubjectView view_;
  bool sliced_;
  at::Device device_;
  ScoreNotes notes_;
};

}  // namespace tazuna
