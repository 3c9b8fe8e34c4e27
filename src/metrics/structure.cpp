// SPDX-License-Identifier: Apache-2.0
#include "metrics/structure.hpp"

#include "metrics/lesions.hpp"
#include "metrics/overlap.hpp"
#include "metrics/surface.hpp"
#include "metrics/volume.hpp"

namespace tazuna {

namespace {

using Scores = std::vector<std::pair<std::string, double>>;

void add_lesions(const LesionCounts& counts, Scores& scores) {
  const auto add = [&scores](const char* name, auto value) {
    scores.emplace_back(name, static_cast<double>(value));
  };
  add("lesion_precision", counts.precision());
  add("lesion_recall", counts.recall());
  add("lesion_f1", counts.f1());
  add("lesions_reference", counts.reference);
  add("lesions_predicted", counts.predicted);
  add("lesions_found", counts.found);
  add("lesions_missed", counts.missed());
  add("lesions_false", counts.false_predicted());
}

}  // namespace

std::vector<std::pair<std::string, double>> structure_scores(const Tensor& predicted, const Tensor& reference,
                                                             int64_t label, const Geometry& grid,
                                                             double tolerance_mm, bool lesions) {
  const Overlap counts = overlap(predicted, reference, label);
  const SurfaceScores surface = surface_scores(predicted, reference, label, grid.spacing, tolerance_mm);
  const auto ours = static_cast<double>(counts.predicted), truth = static_cast<double>(counts.reference);
  const auto both = static_cast<double>(counts.both), all = static_cast<double>(reference.numel());
  Scores scores{{"dice", counts.dice()},
                {"iou", counts.iou()},
                {"hd95_mm", surface.hd95_mm},
                {"assd_mm", surface.assd_mm},
                {"nsd", surface.nsd},
                {"volume_error_mm3", volume_mm3(counts.predicted - counts.reference, grid)},
                {"volume_error_percent", 100 * (ours - truth) / truth},
                {"predicted_mm3", volume_mm3(counts.predicted, grid)},
                {"reference_mm3", volume_mm3(counts.reference, grid)},
                {"tp", both},
                {"fp", ours - both},
                {"fn", truth - both},
                {"tn", all - ours - truth + both}};
  if (lesions) add_lesions(lesion_counts(predicted, reference, label), scores);
  return scores;
}

}  // namespace tazuna
