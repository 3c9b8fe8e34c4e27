// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "losses/catalog.hpp"
#include "tasks/task.hpp"

namespace tazuna {

/// Where the voxel answer stands and what its labels mean.
struct MapTarget {
  std::string map = "label";  ///< selector; nnU-Net folders have one map, "label"
  NamedIntegers labels;       ///< foreground names; empty: the cohort's own
  int64_t ignore = 0;         ///< label of voxels without an answer; 0: none
};
void describe(Fields& fields, MapTarget& target);

/// Draws structures: softmax over background and the named labels. A label called `ignore` among the names is
/// `target.ignore` (nnU-Net's dataset.json writes it there).
struct SegmentationOptions {
  static constexpr std::string_view kind = "segmentation";
  std::string name;
  double weight = 1;
  MapTarget target;
  VoxelLossOptions loss;
  std::string decoder = "shared";  ///< shared | own
  bool deep_supervision = true;
  bool sided = false;  ///< left and right differ: no left-right mirroring
  double nsd_tolerance_mm = 1;
  bool lesions = false;  ///< score single lesions too
};
void describe(Fields& fields, SegmentationOptions& options);
std::unique_ptr<Task> make_task(const SegmentationOptions& options);

}  // namespace tazuna
