// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

namespace tazuna {

/// A number that has no value: the score of an empty group, a share of nothing. Tables show it as n/a.
inline constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace tazuna
