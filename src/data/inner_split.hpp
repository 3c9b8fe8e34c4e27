// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "data/split.hpp"

namespace tazuna {

/// Divides the people who train once more: `held_out` are about `share` of the persons (at least one), the
/// rest is `train`. Persons are those of the outer split and kept together; they are dealt out as in
/// KFoldOptions, by the outer split's columns (of a value left out: by its column). Refuses fewer than two
/// persons.
Fold inner_split(const std::vector<Subject>& training, const SplitOptions& outer, double share, int64_t seed);

}  // namespace tazuna
