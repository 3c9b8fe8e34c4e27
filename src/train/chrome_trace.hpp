// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tazuna {

/// A named stretch of time on one lane of a trace.
struct TracedSpan {
  std::string name, category;
  size_t lane = 0;
  double begin = 0, seconds = 0;  ///< s; from any common origin
};

/// A trace in Chrome's event format (complete events, in microseconds), which Perfetto and chrome://tracing
/// show; a thread a lane, named by `lanes`.
std::string chrome_trace(const std::vector<std::string>& lanes, const std::vector<TracedSpan>& spans);

}  // namespace tazuna
