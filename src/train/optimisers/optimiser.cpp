// SPDX-License-Identifier: Apache-2.0
#include "train/optimisers/optimiser.hpp"

#include <functional>

namespace tazuna {

std::vector<ParameterGroup> groups_of(const NamedTensors& parameters,
                                      const std::map<std::string, double>& rates) {
  std::map<double, NamedTensors, std::greater<>> by_rate;
  for (const auto& [name, parameter] : parameters) {
    const auto rate = rates.find(name);
    by_rate[rate == rates.end() ? 1 : rate->second][name] = parameter;
  }
  std::vector<ParameterGroup> groups;
  for (auto& [rate, members] : by_rate) groups.push_back({rate, std::move(members)});
  return groups;
}

}  // namespace tazuna
