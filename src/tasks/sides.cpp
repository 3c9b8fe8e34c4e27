// SPDX-License-Identifier: Apache-2.0
#include "tasks/sides.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace tazuna {

namespace {

bool is(int (*kind)(int), char c) {
  return kind(static_cast<unsigned char>(c)) != 0;
}

std::string lower(std::string_view text) {
  std::string small;
  for (const char c : text) small += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small;
}

/// Whether a word begins at a letter of the name.
bool begins_at(std::string_view name, size_t i) {
  return i == 0 || !is(std::isalpha, name[i - 1]) ||
         (is(std::isupper, name[i]) && is(std::islower, name[i - 1]));
}

using Words = std::vector<std::string>;

/// The words of a name in small letters, in order.
Words words_of(std::string_view name) {
  Words words;
  for (size_t i = 0; i < name.size(); ++i) {
    if (!is(std::isalpha, name[i])) continue;
    const bool inside = i > 0 && i + 1 < name.size() && is(std::isupper, name[i]) &&
                        is(std::isupper, name[i - 1]) && is(std::islower, name[i + 1]);
    if (begins_at(name, i) || inside) words.emplace_back();
    words.back() += lower(name.substr(i, 1));
  }
  return words;
}

}  // namespace

bool names_side(std::string_view name) {
  const std::string small = lower(name);
  for (size_t i = 0; i < name.size(); ++i) {
    const std::string_view rest = std::string_view(small).substr(i);
    if (begins_at(name, i) && (rest.starts_with("left") || rest.starts_with("right"))) return true;
  }
  return false;
}

bool tell_sides_apart(const std::vector<std::string>& names) {
  static constexpr std::array<std::pair<const char*, const char*>, 2> sides{{{"l", "r"}, {"lh", "rh"}}};
  if (std::ranges::any_of(names, names_side)) return true;
  std::set<Words> known;
  for (const std::string& name : names) known.insert(words_of(name));
  for (const Words& words : known) {
    for (size_t i = 0; i < words.size(); ++i) {
      for (const auto& [left, right] : sides) {
        if (words[i] != left) continue;
        Words other = words;
        other[i] = right;
        if (known.contains(other)) return true;
      }
    }
  }
  return false;
}

}  // namespace tazuna
