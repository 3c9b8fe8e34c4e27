// SPDX-License-Identifier: Apache-2.0
#include "tasks/class_weights.hpp"

#include <algorithm>
#include <numeric>

namespace tazuna {

std::vector<double> class_factors(const std::string& weighting, const std::vector<double>& given,
                                  const std::vector<int64_t>& counts) {
  if (weighting == "given") return given;
  std::vector<double> factors(counts.size(), 1);
  if (weighting == "none") return factors;
  const auto cases = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const auto classes = static_cast<int64_t>(counts.size());
  for (size_t k = 0; k < counts.size(); ++k)
    factors[k] = cases / static_cast<double>(classes * std::max<int64_t>(counts[k], 1));
  return factors;
}

}  // namespace tazuna
