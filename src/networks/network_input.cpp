// SPDX-License-Identifier: Apache-2.0
#include "networks/network_input.hpp"

#include <string>

namespace tazuna {

NetworkInput NetworkInput::of_channels(int64_t channels) {
  NetworkInput input;
  for (int64_t channel = 0; channel < channels; ++channel) input.sequences.push_back(std::to_string(channel));
  return input;
}

}  // namespace tazuna
