// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tazuna {

/// A file's name in BIDS: "sub-01_ce-gadolinium_T1w" has the entities {sub: 01, ce: gadolinium} and the
/// suffix T1w.
struct BidsName {
  std::map<std::string, std::string> entities;
  std::string suffix;

  /// The text that selects such files: "ce-gadolinium_T1w"; entities in alphabetic order, without sub, ses,
  /// run and space.
  std::string selector() const;
};

/// The name behind a file name without its ending; nothing if it is no `entity-value_…_suffix`.
std::optional<BidsName> bids_name(const std::string& stem);

/// `[entity-value_]…suffix`: matches files with exactly these entities beside sub, ses, run and space; of
/// these four it binds those that it names. Of several, A|B, the first that a case has is meant.
class BidsSelector {
 public:
  /// Refuses a text that is no selector.
  explicit BidsSelector(const std::string& text);
  size_t alternatives() const { return wanted_.size(); }
  /// Whether one of the alternatives does, or that of number `alternative`.
  bool matches(const BidsName& name) const;
  bool matches(const BidsName& name, size_t alternative) const;
  /// Whether the name ends as one of the alternatives does, in capitals or not.
  bool shares_suffix(const BidsName& name) const;
  bool has_suffix(const std::string& suffix) const;  ///< one of the alternatives

 private:
  std::vector<BidsName> wanted_;
};

/// Chooses among files that match one selector by `entity-value` pairs: those with the value are taken; where
/// there is none, those without the entity; `entity-none` takes those without it alone.
class BidsFilter {
 public:
  /// Refuses a text that is no `entity-value`, and an entity given twice; `key` is where the pairs stand.
  explicit BidsFilter(const std::vector<std::string>& pairs, const std::string& key = "input.filter");
  std::vector<std::filesystem::path> chosen(
      const std::vector<std::pair<BidsName, std::filesystem::path>>& matches) const;

 private:
  std::map<std::string, std::string> wanted_;
};

/// The pair that would keep the first of two names apart from the second, "run-1" or "space-none"; empty if
/// their entities are equal.
std::string telling_pair(const BidsName& one, const BidsName& other);

}  // namespace tazuna
