// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/structural.hpp"

#include <set>

#include "core/text.hpp"

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

void validate(const StructuralOptions& options, Problems& problems) {
  if (!options.spacing.is_auto() && options.spacing.get().size() != 3) {
    problems.add("spacing",
                 cat("has ", options.spacing.get().size(), " numbers; a spacing has three: z, y, x"));
  }
  std::set<std::string> seen;
  for (const std::string& sequence : options.sequences) {
    if (!seen.insert(sequence).second) problems.add("sequences", cat("'", sequence, "' stands there twice"));
  }
}

}  // namespace tazuna
