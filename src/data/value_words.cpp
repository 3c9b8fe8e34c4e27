// SPDX-License-Identifier: Apache-2.0
#include "data/value_words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace tazuna {

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc() || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string without_point_zero(const std::string& value) {
  const size_t point = value.find('.');
  if (point == 0 || point == std::string::npos || point + 1 == value.size()) return value;
  if (value.find_first_not_of('0', point + 1) != std::string::npos) return value;
  constexpr int64_t end_of_whole_numbers = int64_t{1} << 53;  // from which on doubles leave some out
  int64_t number = 0;
  const auto [stop, problem] = std::from_chars(value.data(), value.data() + point, number);
  std::string whole = value.substr(0, point);
  const bool plain = problem == std::errc() && std::abs(number) < end_of_whole_numbers &&
                     whole == std::to_string(number);  // no zero in front, no sign but a minus
  return plain ? whole : value;
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

}  // namespace tazuna
