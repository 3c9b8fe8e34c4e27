// SPDX-License-Identifier: Apache-2.0
#include "tasks/column_values.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tazuna {

std::optional<std::string> value_in(const Subject& subject, const std::string& column) {
  const auto found = subject.values.find(column);
  if (found == subject.values.end()) return std::nullopt;
  std::string value = trimmed(found->second);
  if (value.empty() || value == "n/a") return std::nullopt;
  return value;
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
