// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"

namespace tazuna {

/// What every kind of input says about its images.
struct ImageOptions {
  std::vector<std::string> sequences;  ///< channel order; empty: all of the cohort
  std::vector<std::string> filter;     ///< "entity-value": which of several matching BIDS files is meant
  Auto<std::vector<double>> spacing;   ///< working spacing in mm along z, y, x
  Auto<std::string> normalise;         ///< zscore | zscore_inside | none; auto by the fingerprint
  bool n4 = false;                     ///< divide out each sequence's bias field
  bool keep_volumes = true;            ///< of labels, where maps are resampled
  std::string missing = "refuse";      ///< refuse | allow: cases that lack some of the sequences
  std::string nonfinite = "refuse";    ///< refuse | zero: NaN and infinite voxels
  std::string fusion = "early";        ///< early | late
};
void describe(Fields& fields, ImageOptions& options);
void validate(const ImageOptions& options, Problems& problems);

}  // namespace tazuna
