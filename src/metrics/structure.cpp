// SPDX-License-Identifier: Apache-2.0
#include "metrics/structure.hpp"

#include "metrics/overlap.hpp"
#include "metrics/surface.hpp"

namespace tazuna {

const std::vector<std::string>& structure_metrics() {
  static const std::vector<std::string> names{
      "dice", "iou", "hd95_mm", "assd_mm", "nsd", "volume_error_mm3", "predicted_mm3", "reference_mm3"};
  return names;
}

std::vector<std::pair<std::string, double>> structure_scores(const Tensor& predicted, const Tensor& reference,
                                                             int64_t label,
                                                             const std::array<double, 3>& spacing,
                                                             double tolerance_mm) {
  const Overlap counts = overlap(predicted, reference, label);
  const SurfaceScores surface = surface_scores(predicted, reference, label, spacing, tolerance_mm);
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  const double predicted_mm3 = static_cast<double>(counts.predicted) * voxel_mm3;
  const double reference_mm3 = static_cast<double>(counts.reference) * voxel_mm3;
  const std::vector<double> values{counts.dice(),   counts.iou(), surface.hd95_mm,
                                   surface.assd_mm, surface.nsd,  predicted_mm3 - reference_mm3,
                                   predicted_mm3,   reference_mm3};
  std::vector<std::pair<std::string, double>> scores;
  for (size_t i = 0; i < values.size(); ++i) scores.emplace_back(structure_metrics()[i], values[i]);
  return scores;
}

}  // namespace tazuna
