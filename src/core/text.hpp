// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// Joins anything that can be streamed into one string: cat("patch ", 40, " voxels").
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

/// The parts with `between` between them.
template <class Range>
std::string join(const Range& parts, std::string_view between) {
  std::ostringstream out;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) out << between;
    out << part;
    first = false;
  }
  return std::move(out).str();
}

/// Shortest decimal text that reads back as the same double ("0.1", "1e-05", "nan").
std::string number_text(double value);
/// "1:05:09" or "12:34" for a duration in seconds.
std::string clock_text(double seconds);
/// The candidate nearest to `word` by edit distance, or "" if none is close enough to be a slip of the pen.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

std::string trimmed(std::string_view text);
std::vector<std::string> split_text(std::string_view text, char at);

}  // namespace tazuna
