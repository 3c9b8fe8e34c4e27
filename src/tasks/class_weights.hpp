// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tazuna {

/// The factor of each class's rows in a loss, [K]. `weighting`: "balanced", N / (K n_k) where the training
/// part has `counts` [K] cases of each class (none counts as one); "none", 1; "given", `given` [K].
std::vector<double> class_factors(const std::string& weighting, const std::vector<double>& given,
                                  const std::vector<int64_t>& counts);

}  // namespace tazuna
