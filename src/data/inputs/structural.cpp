// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/structural.hpp"

#include <set>

#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, StructuralOptions& options) {
  fields.values("sequences", options.sequences, {}, "sequences in channel order; empty: all of the cohort");
  fields.values(
      "filter", options.filter, {},
      "where several BIDS files are one sequence: which is meant, [run-1, space-none]; `none` takes "
      "the file without the entity");
  fields.values("spacing", options.spacing, {1e-3, 1e3},
                "working spacing in mm along z, y, x of the canonical orientation");
  fields.choice(
      "normalise", options.normalise, {"zscore", "zscore_inside", "none"},
      "intensities to mean 0 and sd 1 over the crop or inside its nonzero voxels; auto: inside where the "
      "median crop keeps less than three quarters of the image");
  fields.flag("n4", options.n4,
              "divide out each sequence's smooth intensity field first (N4, Tustison et al. 2010); for "
              "magnitude MR images, some seconds a case once");
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
