// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "data/cache.hpp"
#include "experiment/resolve.hpp"

namespace tazuna {

/// Makes the folder for pictures and refuses a place where it cannot be made.
void make_picture_folder(const std::filesystem::path& folder);

/// Writes patches as training sees them, labels outlined: samples.png, or samples_SEQUENCE.png for each of
/// several sequences. A row for each of up to six cases, evenly spread over the cohort: the patch around a
/// foreground voxel (around the case's middle if there is none) as it is, then four augmented draws of the
/// same place. Of each the slice with most foreground is shown, else the middle one, anterior or superior up,
/// in the row's first picture's window. A function of the experiment and its seed alone. Returns the files.
std::vector<std::filesystem::path> write_pictures(const Experiment& experiment, Cache& cache,
                                                  const std::filesystem::path& folder);

}  // namespace tazuna
