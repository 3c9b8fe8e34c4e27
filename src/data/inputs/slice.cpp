// SPDX-License-Identifier: Apache-2.0
#include "data/inputs/slice.hpp"

#include "core/text.hpp"

namespace tazuna {

void describe(Fields& fields, SliceOptions& options) {
  describe(fields, static_cast<ImageOptions&>(options));
  fields.choice("axis", options.axis, {"z", "y", "x"},
                "which slice of a volume: along z (axial), y (coronal) or x (sagittal) of the canonical "
                "orientation; a picture is one slice along z");
  fields.choice("which", options.which, {"middle", "column"},
                "the slice in the middle, or the one that a column of the cohort names");
  fields.text("column", options.column,
              "for which: column; its values are slices counted from 0 (inferior, posterior, left)");
}

void validate(const SliceOptions& options, Problems& problems) {
  validate(static_cast<const ImageOptions&>(options), problems);
  if (options.which == "column" && options.column.empty())
    problems.add("column", "`which: column` needs the name of the column that holds each case's slice");
  if (options.which == "middle" && !options.column.empty())
    problems.add("column", cat("the slice is the middle one, so nobody reads '", options.column,
                               "'; set which: column or take it out"));
}

}  // namespace tazuna
