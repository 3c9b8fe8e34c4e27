// SPDX-License-Identifier: Apache-2.0
#include "train/time_table.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>

#include "data/percentile.hpp"
#include "train/step_parts.hpp"

namespace tazuna {

namespace {

PartTime time_of(std::string_view part, const std::vector<double>& times, double of_all) {
  PartTime time;
  time.part = part;
  time.count = std::ssize(times);
  time.seconds = std::accumulate(times.begin(), times.end(), 0.0);
  time.share = time.seconds / of_all;
  time.median = percentile(times, 50);
  time.tenth = percentile(times, 10);
  time.ninetieth = percentile(times, 90);
  return time;
}

std::vector<double> own_seconds(const std::vector<PartSpan>& spans) {
  std::vector<double> own;
  for (const PartSpan& span : spans) own.push_back(span.seconds);
  for (const PartSpan& span : spans)
    if (span.outer >= 0) own[static_cast<size_t>(span.outer)] -= span.seconds;
  return own;
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "-";
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return std::move(out).str();
}

// Milliseconds to the microsecond: more digits say nothing.
double milliseconds(double seconds) {
  return std::round(seconds * 1e6) / 1e3;
}

}  // namespace

std::vector<PartTime> part_times(const std::vector<double>& steps, const std::vector<PartSpan>& spans) {
  const std::vector<double> own = own_seconds(spans);
  std::map<size_t, std::vector<double>> by_part;  // each measured step
  std::vector<double> validations, whole = steps;
  for (size_t i = 0; i < spans.size(); ++i) {
    const PartSpan& span = spans[i];
    const bool validation = step_part::all[span.part] == step_part::validation;
    if (validation) validations.push_back(own[i]);
    if (span.step < 0) continue;
    const auto step = static_cast<size_t>(span.step);
    if (validation) {
      whole[step] -= own[i];
    } else {
      by_part.try_emplace(span.part, steps.size(), 0.0).first->second[step] += own[i];
    }
  }
  const double all = std::accumulate(whole.begin(), whole.end(), 0.0);
  std::vector<double> rest = whole;
  std::vector<PartTime> times;
  for (const auto& [part, seconds] : by_part) {
    for (size_t step = 0; step < rest.size(); ++step) rest[step] -= seconds[step];
    times.push_back(time_of(step_part::all[part], seconds, all));
  }
  times.push_back(time_of("rest", rest, all));
  times.push_back(time_of("step", whole, all));
  if (!validations.empty())
    times.push_back(time_of(step_part::validation, validations, std::numeric_limits<double>::quiet_NaN()));
  return times;
}

Table empty_time_table() {
  return Table({"clock", "part", "count", "seconds", "share", "median_ms", "p10_ms", "p90_ms"});
}

void add_part_times(Table& table, const std::string& clock, const std::vector<PartTime>& times) {
  for (const PartTime& time : times) {
    table.add({clock, time.part, time.count, std::round(time.seconds * 1e6) / 1e6,
               std::round(time.share * 1e6) / 1e6, milliseconds(time.median), milliseconds(time.tenth),
               milliseconds(time.ninetieth)});
  }
}

std::string time_text(const std::vector<PartTime>& times) {
  std::ostringstream out;
  const auto line = [&out](const std::string& part, const std::string& seconds, const std::string& share,
                           const std::string& median, const std::string& spread) {
    out << "  " << std::left << std::setw(12) << part << std::right << std::setw(10) << seconds
        << std::setw(10) << share << std::setw(13) << median << std::setw(24) << spread << "\n";
  };
  line("", "seconds", "share", "median ms", "10 % to 90 %, ms");
  for (const PartTime& time : times) {
    line(time.part, fixed(time.seconds, 3), std::isnan(time.share) ? "-" : fixed(time.share * 100, 2) + " %",
         fixed(time.median * 1e3, 2), fixed(time.tenth * 1e3, 2) + " to " + fixed(time.ninetieth * 1e3, 2));
  }
  return std::move(out).str();
}

}  // namespace tazuna
