// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tazuna {

/// P(Z > z) of a standard normal variable.
double normal_tail(double z);
/// The z with P(Z <= z) = p; an Error unless 0 < p < 1.
double normal_quantile(double p);

}  // namespace tazuna
