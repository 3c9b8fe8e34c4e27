// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// A sentence that names up to three cases whose number in a column may be a mark for "unknown"; "" where
/// there is none, and for a column that holds other words than numbers. Such are -9, -99, -999, 999 and 9999
/// where they lie further outside the range of the others than any two neighbours of those lie apart, and
/// whatever is more than ten median absolute deviations (unless that is 0) from the median of the others.
std::string odd_values(const std::vector<Subject>& subjects, const std::string& column);

}  // namespace tazuna
