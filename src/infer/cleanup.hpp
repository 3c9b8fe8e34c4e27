// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tasks/catalog.hpp"

namespace tazuna {

/// What a voxel task draws.
struct TaskStructures {
  std::string task;
  NamedIntegers structures;  ///< and their labels in the map
};
/// The structures of the voxel tasks, in task order.
std::vector<TaskStructures> structures_of(const std::vector<TaskOptions>& tasks);

/// "TASK.STRUCTURE", the name by which a clean-up knows a structure.
std::string structure_key(const std::string& task, const std::string& structure);

/// Which connected components (26 neighbours) of predicted structures stay in a label map; the others become
/// background.
class Cleanup {
 public:
  /// Leaves everything as it is.
  Cleanup() = default;
  /// Of the structures in `largest` (by structure_key) the largest component stays, of equals the first in
  /// the file; of every structure the components of at least `min_mm3` and `min_voxels`.
  Cleanup(std::set<std::string> largest, double min_mm3, int64_t min_voxels);

  bool idle() const { return largest_.empty() && min_mm3_ <= 0 && min_voxels_ <= 1; }
  /// Cleans the structures of `task` in `map`; returns how many voxels became background.
  int64_t apply(const std::string& task, LabelMap& map) const;
  /// "keep the largest component of parts.front; remove components below 20 mm3"; "none".
  std::string text() const;

 private:
  std::set<std::string> largest_;
  double min_mm3_ = 0;
  int64_t min_voxels_ = 0;
};

/// Leaves only the largest component of label `label` in `labels` [D, H, W], an integer type on the CPU;
/// returns the cleaned copy.
Tensor largest_component_only(const Tensor& labels, int64_t label);

/// What `predict` is asked about components.
struct CleanupRequest {
  std::vector<std::string> keep_largest;  ///< STRUCTURE, TASK.STRUCTURE or "all"
  double min_mm3 = 0;
  int64_t min_voxels = 0;
  bool learnt = true;  ///< what cross-validation decided, where nothing of the above is asked
};
/// The clean-up that was asked for. Refuses a structure that no task has, by name.
Cleanup asked_cleanup(const CleanupRequest& request, const std::vector<TaskStructures>& tasks);
/// What the cross-validation of every one of `runs` decided (RUN/cleanup.json); a run without it decided
/// nothing.
Cleanup learnt_cleanup(const std::vector<std::filesystem::path>& runs);

}  // namespace tazuna
