// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace tazuna {

/// The `percent`-th percentile (0 to 100) by linear interpolation between order statistics: numpy.percentile
/// to the last bit. An Error if there are no values.
double percentile(std::vector<double> values, double percent);

}  // namespace tazuna
