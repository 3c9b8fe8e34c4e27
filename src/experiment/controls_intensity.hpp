// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/preparation.hpp"
#include "experiment/controls.hpp"

namespace tazuna {

/// The columns of intensities_of(): `SEQUENCE_mean` and `SEQUENCE_sd` of each sequence.
std::vector<std::string> intensity_columns(const Preparation& preparation);

/// Mean and population sd of each sequence as its file holds it (before n4 and normalisation) in the case's
/// nonzero mask: voxels that are nonzero in any sequence, holes filled. Of a series the mean over the frames
/// that are used, of a slice that slice alone. NaN for a sequence that the case lacks. Refuses what cannot be
/// read.
std::vector<double> intensities_of(const Subject& subject, const Preparation& preparation);

/// The rows with each NaN at the mean of what is known of the `training` people; 0 where nothing is.
FeatureRows with_means(FeatureRows rows, const Subjects& training);

}  // namespace tazuna
