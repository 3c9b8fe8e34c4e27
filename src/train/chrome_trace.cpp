// SPDX-License-Identifier: Apache-2.0
#include "train/chrome_trace.hpp"

#include <iomanip>
#include <sstream>

namespace tazuna {

namespace {

// A JSON string; control characters, which no name has, become blanks.
std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return json + "\"";
}

}  // namespace

std::string chrome_trace(const std::vector<std::string>& lanes, const std::vector<TracedSpan>& spans) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3) << "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [";
  const char* between = "\n";
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    out << between << R"({"ph": "M", "name": "thread_name", "pid": 1, "tid": )" << lane
        << R"(, "args": {"name": )" << quoted(lanes[lane]) << "}}";
    between = ",\n";
  }
  for (const TracedSpan& span : spans) {
    out << between << R"({"ph": "X", "name": )" << quoted(span.name) << R"(, "cat": )"
        << quoted(span.category) << R"(, "pid": 1, "tid": )" << span.lane << R"(, "ts": )" << span.begin * 1e6
        << R"(, "dur": )" << span.seconds * 1e6 << "}";
    between = ",\n";
  }
  out << "\n]}\n";
  return std::move(out).str();
}

}  // namespace tazuna
