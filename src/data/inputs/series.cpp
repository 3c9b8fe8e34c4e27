// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/series.hpp"

#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, SeriesOptions& options) {
  describe(fields, static_cast<ImageOptions&>(options));
  fields.integer("frames", options.frames, {2, 100000}, "frames of a window, which the network sees at once");
  fields.integer("stride", options.stride, {1, 1000}, "frames from one of a window to its next");
  fields.flag("resample", options.resample,
              "bring series with another repetition time to the cohort's; otherwise more than 5 % off is "
              "refused");
  fields.integer("skip", options.skip, {0, 100000},
                 "frames left out at the beginning, before the magnetisation is steady");
  fields.group("temporal", options.temporal, "how the frames of a window become one answer");
}

void validate(const SeriesOptions& options, Problems& problems) {
  validate(static_cast<const ImageOptions&>(options), problems);
  if (options.sequences.size() > 1)
    problems.add("sequences", cat("a series is one 4D sequence, but ", join(options.sequences, ", "),
                                  " are named; name one, for example [bold]"));
  if (options.missing == "allow")
    problems.add("missing", "a series is one sequence, which cannot be missing; leave the key out");
  if (options.n4)
    problems.add("n4", "a series has no N4 correction; correct the images beforehand or take it out");
}

}  // namespace tazuna
