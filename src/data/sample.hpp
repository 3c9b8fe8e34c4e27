// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/tensor.hpp"
#include "data/subject.hpp"
#include "image/placement.hpp"

namespace tazuna {

/// What the network sees of a case: a patch of it, all of it, or a patch that holds all of it (planned so
/// where the cohort's cases are no larger than the patch; such a view serves voxel and subject tasks alike).
enum class View { patch, whole, both };

/// The map of a prepared sample that is 1 inside the filled nonzero mask; there only where intensities were
/// normalised inside it. It never reaches a network: draw_patch uses it up.
inline constexpr std::string_view inside_map = "(inside)";

/// One case in voxels on the working grid: prepared, or cut and augmented from a prepared one.
struct Sample {
  std::shared_ptr<const Subject> subject;
  Volume image;                        ///< [C, D, H, W] float32, normalised; a series: [T, D, H, W]
  Tensor present;                      ///< [C] bool: sequences that are there
  std::map<std::string, Volume> maps;  ///< by selector; int16 [1, D, H, W]
  double frame_seconds = 0;            ///< > 0: a series, whose frames stand where channels do
  Placement placement;
};

}  // namespace tazuna
