// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/structural.hpp"

namespace tazuna {

void describe(Fields& fields, StructuralOptions& options) {
  fields.values("sequences", options.sequences, {}, "sequences in channel order; empty: all of the cohort");
  fields.values("spacing", options.spacing, {1e-3, 1e3},
                "working spacing in mm along z, y, x of the canonical orientation");
  fields.choice(
      "normalise", options.normalise, {"zscore", "zscore_inside", "none"},
      "intensities to mean 0 and sd 1 over the crop or inside its nonzero voxels; auto: inside where the "
      "median crop keeps less than three quarters of the image");
}

}  // namespace tazuna
