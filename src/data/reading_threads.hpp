// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// How many threads may read and prepare cases at once: `cores`, fewer where the largest case does not fit so
/// often into `free` bytes (none: nobody knows), at least 1. A case is counted as four times its images as
/// float32: as stored, converted, all sequences together, cropped. Sizes come from the headers of the cases
/// with the largest files.
int reading_threads(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                    int cores, std::optional<double> free);

}  // namespace tazuna
