// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/image.hpp"

#include <set>

#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, ImageOptions& options) {
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
  fields.flag("keep_volumes", options.keep_volumes,
              "labels keep their volume where maps are brought to the working spacing, which matters for "
              "structures of some hundred voxels; false: nnU-Net's rule, by which they shrink");
  fields.choice("missing", options.missing, {"refuse", "allow"},
                "cases that lack some of the sequences: refused, or taken as long as they have one");
  fields.choice(
      "nonfinite", options.nonfinite, {"refuse", "zero"},
      "NaN and infinite voxels, which some tools write outside the brain: refused, or taken as 0 before "
      "anything else looks at the image");
  fields.choice("fusion", options.fusion, {"early", "late"},
                "sequences as channels of one encoder, or an encoder for each whose stages are averaged over "
                "the sequences that are there");
}

void validate(const ImageOptions& options, Problems& problems) {
  if (!options.spacing.is_auto() && options.spacing.get().size() != 3) {
    problems.add("spacing",
                 cat("has ", options.spacing.get().size(), " numbers; a spacing has three: z, y, x"));
  }
  std::set<std::string> seen;
  for (const std::string& sequence : options.sequences) {
    if (!seen.insert(sequence).second) problems.add("sequences", cat("'", sequence, "' stands there twice"));
  }
  if (options.fusion == "late" && options.sequences.size() == 1)
    problems.add("fusion", cat("late fusion averages over sequences, but there is only '",
                               options.sequences.front(), "'; name two or more, or use fusion: early"));
}

}  // namespace tazuna
