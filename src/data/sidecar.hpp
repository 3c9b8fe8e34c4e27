// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace tazuna {

/// RepetitionTime in seconds from the JSON files that describe an image: those of its folder and of the
/// folders above it up to the one with dataset_description.json, with the image's suffix and none but its
/// entities (BIDS' inheritance: the nearest folder counts, in it the file with most entities). Outside of a
/// BIDS dataset only the file of the image's own name counts. Nothing if none of them holds it; refuses a
/// file that is no JSON object and a value that is no number above 0.
std::optional<double> sidecar_repetition_time(const std::filesystem::path& image);

}  // namespace tazuna
