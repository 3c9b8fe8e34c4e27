// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace tazuna::benchmarks {

/// One side of a comparison, in a process of its own so that it shares neither memory nor settings.
struct Work {
  std::function<void()> once;  ///< what is timed
  int64_t pieces = 1;          ///< that it does; seconds are told for one
  /// What came out, for the other side to agree with; asked after each run, outside the clock.
  std::function<nlohmann::json()> values = {};
};

/// Says "ready", then runs `work` once for each line of stdin and answers it by a line of JSON: `seconds` of
/// a piece by the clock, `cpu_seconds` of all threads together, `peak_mb` the most memory held in the run
/// beyond what was held when ready, `values`. Ends with stdin.
void serve(const Work& work);

}  // namespace tazuna::benchmarks
