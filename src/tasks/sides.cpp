// SPDX-License-Identifier: Apache-2.0
#include "tasks/sides.hpp"

#include <cctype>
#include <string>

namespace tazuna {

bool names_side(std::string_view name) {
  const auto is = [](int (*kind)(int), char c) { return kind(static_cast<unsigned char>(c)) != 0; };
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (size_t i = 0; i < name.size(); ++i) {
    const bool begins = i == 0 || !is(std::isalpha, name[i - 1]) ||
                        (is(std::isupper, name[i]) && is(std::islower, name[i - 1]));
    const std::string_view rest = std::string_view(lower).substr(i);
    if (begins && (rest.starts_with("left") || rest.starts_with("right"))) return true;
  }
  return false;
}

}  // namespace tazuna
