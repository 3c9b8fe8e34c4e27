// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>

namespace tazuna {

/// "a, b, c and 4 more": the first `shown` of a range, for messages.
template <class Range>
std::string short_list(const Range& range, size_t shown = 5) {
  std::ostringstream out;
  size_t place = 0;
  for (const auto& one : range) {
    if (place < shown) out << (place > 0 ? ", " : "") << one;
    ++place;
  }
  if (place > shown) out << " and " << place - shown << " more";
  return std::move(out).str();
}

}  // namespace tazuna
