// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "report/comparison_contents.hpp"

namespace tazuna {

/// Forest plots of the paired differences, one a task and metric, and the table behind them; "" without
/// pairs.
std::string differences_section(const Comparison& comparison);
/// Each case under two networks: one plot a structure or quantity; "" where there are none.
std::string cases_section(const Comparison& comparison);
/// Bland-Altman plots of each structure's volume under the first network and under the one that learned it
/// alone.
std::string arm_volumes_section(const Comparison& comparison);

}  // namespace tazuna
