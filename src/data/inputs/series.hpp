// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data/inputs/image.hpp"
#include "networks/temporal.hpp"

namespace tazuna {

/// A 4D image: one sequence whose frames follow each other in time (rs-fMRI).
struct SeriesOptions : ImageOptions {
  static constexpr std::string_view kind = "series";
  int64_t frames = 20;    ///< of a window
  int64_t stride = 1;     ///< frames between two of a window
  bool resample = false;  ///< bring other repetition times to the cohort's; else more than 5 % off is refused
  int64_t skip = 0;       ///< frames left out at the beginning (steady state)
  TemporalOptions temporal = {};
};
void describe(Fields& fields, SeriesOptions& options);
void validate(const SeriesOptions& options, Problems& problems);

}  // namespace tazuna
