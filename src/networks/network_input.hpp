// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "networks/temporal.hpp"

namespace tazuna {

/// What a network meets at its input.
struct NetworkInput {
  std::vector<std::string> sequences;  ///< one a channel
  bool missing = false;                ///< sequences may be absent
  bool late = false;                   ///< an encoder per sequence, their stages averaged over those present
  bool series = false;                 ///< frames over time; one sequence
  TemporalOptions temporal = {};       ///< of a series

  /// Channels that nobody names.
  static NetworkInput of_channels(int64_t channels);
};

}  // namespace tazuna
