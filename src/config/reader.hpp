// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/slots.hpp"
#include "config/tree.hpp"
#include "core/fields.hpp"

namespace tazuna {

/// One thing that is wrong with a configuration.
struct Finding {
  Place place;
  std::string path;  ///< key path, "train.patch"
  std::string sentence;
};

/// Fills options from a tree, strict about every key; what is wrong is appended to the findings.
class Reader : public Fields {
 public:
  explicit Reader(std::vector<Finding>& findings) : findings_(findings) {}
  /// `root` holds the keys that `inside` describes.
  void read(const ConfigNode& root, const std::function<void(Fields&)>& inside);

  void value(const FieldInfo& info, Slot slot) override;
  void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) override;
  void alternative(const FieldInfo& info, const OneOf& set) override;
  void sequence(const FieldInfo& info, const List& set) override;

 private:
  struct Scope {
    const ConfigNode* map = nullptr;  ///< null where the text leaves the group out
    Place place;                      ///< of the group, or of the nearest one that is there
    std::string path;
    std::vector<std::string> known;
    bool unsure = false;  ///< the kind is not known, so neither are the keys
  };

  /// A key that its group does not have.
  struct Unknown {
    Place place;
    std::string path, key;
    std::vector<std::string> known;  ///< what the group has
  };

  const ConfigNode* look_up(std::string_view name);
  std::string path_of(std::string_view name) const;
  void walk(const ConfigNode* node, const std::string& path, const std::function<void(Fields&)>& inside);
  void note_unknown_keys();
  void report_unknown_keys();
  void choose(const OneOf& set);
  void complain(const Place& place, const std::string& path, const std::string& sentence);

  std::vector<Finding>& findings_;
  Scope scope_;
  std::vector<Unknown> unknown_;
  std::map<std::string, std::string> described_;  ///< the last path at which each key was described
};

}  // namespace tazuna
