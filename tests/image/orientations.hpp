// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "image/geometry.hpp"

namespace tazuna {

/// All 6 permutations x 8 flips.
inline std::vector<AxisOrder> all_orientations() {
  std::vector<AxisOrder> all;
  std::array<int, 3> axis{0, 1, 2};
  do {
    for (int flips = 0; flips < 8; ++flips)
      all.push_back({axis, {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0}});
  } while (std::next_permutation(axis.begin(), axis.end()));
  return all;
}

}  // namespace tazuna
