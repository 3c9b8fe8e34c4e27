// SPDX-License-Identifier: Apache-2.0
#include "tasks/column_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text.hpp"

namespace tazuna {

std::optional<std::string> value_in(const Subject& subject, const std::string& column) {
  const auto found = subject.values.find(column);
  if (found == subject.values.end()) return std::nullopt;
  std::string value = trimmed(found->second);
  if (value.empty() || value == "n/a") return std::nullopt;
  return value;
}

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<size_t> place_of(const std::string& value, const std::vector<std::string>& names) {
  auto found = std::find(names.begin(), names.end(), value);
  if (found == names.end()) {
    const std::optional<double> number = number_of(value);
    if (number) {
      found = std::find_if(names.begin(), names.end(),
                           [&number](const std::string& name) { return number_of(name) == number; });
    }
  }
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

std::vector<std::string> values_found(std::span<const Subject> subjects, const std::string& column) {
  std::vector<std::string> found;
  for (const Subject& subject : subjects) {
    const std::optional<std::string> value = value_in(subject, column);
    if (value && !place_of(*value, found)) found.push_back(*value);
  }
  const auto is_number = [](const std::string& value) { return number_of(value).has_value(); };
  if (std::all_of(found.begin(), found.end(), is_number)) {
    std::sort(found.begin(), found.end(),
              [](const std::string& a, const std::string& b) { return *number_of(a) < *number_of(b); });
  } else {
    std::sort(found.begin(), found.end());
  }
  return found;
}

std::string value_text(const Subject& subject, const std::string& column, const std::string& value,
                       const std::string& demand) {
  return cat(column, " of ", subject.id, " is '", value, "', ", demand);
}

void expect_values(std::span<const Subject> subjects, const std::string& column,
                   const std::function<bool(const std::string&)>& fits, const std::string& demand,
                   const std::string& where, Problems& problems) {
  std::string first;
  size_t more = 0;
  for (const Subject& subject : subjects) {
    const std::optional<std::string> value = value_in(subject, column);
    if (!value || fits(*value)) continue;
    if (first.empty()) {
      first = value_text(subject, column, *value, demand);
    } else {
      ++more;
    }
  }
  if (first.empty()) return;
  const std::string others = more == 1 ? " (and 1 more case)" : cat(" (and ", more, " more cases)");
  problems.add(where, more == 0 ? first : first + others);
}

}  // namespace tazuna
