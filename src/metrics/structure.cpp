// SPDX-License-Identifier: Apache-2.0
#include "metrics/structure.hpp"

#include "metrics/overlap.hpp"
#include "metrics/surface.hpp"

namespace tazuna {

std::vector<std::pair<std::string, double>> structure_scores(const Tensor& predicted, const Tensor& reference,
                                                             int64_t label, const Geometry& grid,
                                                             double tolerance_mm) {
  const Overlap counts = overlap(predicted, reference, label);
  const SurfaceScores surface = surface_scores(predicted, reference, label, grid.spacing, tolerance_mm);
  const auto ours = static_cast<double>(counts.predicted), truth = static_cast<double>(counts.reference);
  const auto both = static_cast<double>(counts.both), all = static_cast<double>(reference.numel());
  const double voxel_mm3 = voxel_volume(grid);
  return {{"dice", counts.dice()},
          {"iou", counts.iou()},
          {"hd95_mm", surface.hd95_mm},
          {"assd_mm", surface.assd_mm},
          {"nsd", surface.nsd},
          {"volume_error_mm3", (ours - truth) * voxel_mm3},
          {"volume_error_percent", 100 * (ours - truth) / truth},
          {"predicted_mm3", ours * voxel_mm3},
          {"reference_mm3", truth * voxel_mm3},
          {"tp", both},
          {"fp", ours - both},
          {"fn", truth - both},
          {"tn", all - ours - truth + both}};
}

}  // namespace tazuna
