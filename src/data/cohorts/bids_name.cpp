// SPDX-License-Identifier: Apache-2.0
#include "data/cohorts/bids_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/split_persons.hpp"

namespace tazuna {
namespace {

constexpr std::array<std::string_view, 4> free_entities{"sub", "ses", "run", "space"};
constexpr const char* absent = "none";

bool is_free(const std::string& entity) {
  return std::find(free_entities.begin(), free_entities.end(), entity) != free_entities.end();
}

/// "entity-value" as a pair; nothing where either part is empty.
std::optional<std::pair<std::string, std::string>> pair_of(const std::string& text) {
  const size_t dash = text.find('-');
  if (dash == std::string::npos || dash == 0 || dash + 1 == text.size()) return std::nullopt;
  return std::pair(text.substr(0, dash), text.substr(dash + 1));
}

std::string value_of(const BidsName& name, const std::string& entity) {
  const auto found = name.entities.find(entity);
  return found == name.entities.end() ? absent : found->second;
}

}  // namespace

std::string BidsName::selector() const {
  std::string text;
  for (const auto& [entity, value] : entities)
    if (!is_free(entity)) text += cat(entity, "-", value, "_");
  return text + suffix;
}

std::optional<BidsName> bids_name(const std::string& stem) {
  std::vector<std::string> parts = split_text(stem, '_');
  BidsName name;
  name.suffix = parts.back();
  parts.pop_back();
  if (name.suffix.empty() || name.suffix.find('-') != std::string::npos) return std::nullopt;
  for (const std::string& part : parts) {
    const auto pair = pair_of(part);
    if (!pair || !name.entities.insert(*pair).second) return std::nullopt;
  }
  return name;
}

BidsSelector::BidsSelector(const std::string& text) {
  for (const std::string& one : split_text(text, '|')) {
    const auto name = bids_name(one);
    if (!name)
      throw refused(cat("'", text,
                        "' selects no BIDS files; write [entity-value_]…suffix, as in T1w, "
                        "ce-gadolinium_T1w or label-lesion_mask"));
    wanted_.push_back(*name);
  }
}

bool BidsSelector::matches(const BidsName& name) const {
  for (size_t i = 0; i < wanted_.size(); ++i)
    if (matches(name, i)) return true;
  return false;
}

bool BidsSelector::matches(const BidsName& name, size_t alternative) const {
  const BidsName& wanted = wanted_.at(alternative);
  if (name.suffix != wanted.suffix) return false;
  const bool as_wanted = std::all_of(wanted.entities.begin(), wanted.entities.end(), [&](const auto& pair) {
    return value_of(name, pair.first) == pair.second;
  });
  return as_wanted && std::all_of(name.entities.begin(), name.entities.end(), [&](const auto& pair) {
           return is_free(pair.first) || wanted.entities.contains(pair.first);
         });
}

bool BidsSelector::has_suffix(const std::string& suffix) const {
  return std::any_of(wanted_.begin(), wanted_.end(),
                     [&](const BidsName& wanted) { return wanted.suffix == suffix; });
}

bool BidsSelector::shares_suffix(const BidsName& name) const {
  return std::any_of(wanted_.begin(), wanted_.end(), [&](const BidsName& wanted) {
    return in_small_letters(wanted.suffix) == in_small_letters(name.suffix);
  });
}

BidsFilter::BidsFilter(const std::vector<std::string>& pairs, const std::string& key) {
  for (const std::string& text : pairs) {
    const auto pair = pair_of(text);
    if (!pair) throw refused(cat(key, ": '", text, "' is no entity-value pair, as in run-1 or space-none"));
    if (!wanted_.insert(*pair).second)
      throw refused(cat(key, ": the entity '", pair->first, "' stands there twice"));
  }
}

std::vector<std::filesystem::path> BidsFilter::chosen(
    const std::vector<std::pair<BidsName, std::filesystem::path>>& matches) const {
  auto left = matches;
  for (const auto& [entity, value] : wanted_) {
    const auto having = [&, entity = entity](const std::string& wanted) {
      auto kept = left;
      std::erase_if(kept, [&](const auto& one) { return value_of(one.first, entity) != wanted; });
      return kept;
    };
    auto kept = having(value);
    left = kept.empty() ? having(absent) : std::move(kept);
  }
  std::vector<std::filesystem::path> files;
  for (const auto& [name, file] : left) files.push_back(file);
  return files;
}

std::string telling_pair(const BidsName& one, const BidsName& other) {
  for (const BidsName* name : {&one, &other})
    for (const auto& [entity, value] : name->entities)
      if (value_of(one, entity) != value_of(other, entity)) return cat(entity, "-", value_of(one, entity));
  return "";
}

}  // namespace tazuna
