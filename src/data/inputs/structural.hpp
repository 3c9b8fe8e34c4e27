// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"

namespace tazuna {

/// Any number of 3D sequences on one grid, each one channel.
struct StructuralOptions {
  static constexpr std::string_view kind = "structural";
  std::vector<std::string> sequences;  ///< channel order; empty: all of the cohort
  std::vector<std::string> filter;     ///< "entity-value": which of several matching BIDS files is meant
  Auto<std::vector<double>> spacing;   ///< working spacing in mm along z, y, x
  Auto<std::string> normalise;         ///< zscore | zscore_inside | none; auto by the fingerprint
  bool n4 = false;                     ///< divide out each sequence's bias field
};
void describe(Fields& fields, StructuralOptions& options);
void validate(const StructuralOptions& options, Problems& problems);

}  // namespace tazuna
