// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace tazuna {

/// Where something was written: source 0 is the file, i the i-th assignment of --set; lines and columns count
/// from 1.
struct Place {
  int source = 0;
  int line = 1;
  int column = 1;
  auto operator<=>(const Place&) const = default;
};

/// A piece of a configuration: what the text said, before any option gave it a meaning.
struct ConfigNode {
  enum class Form { nothing, scalar, list, map };
  /// How a scalar is written: a literal (number, true, false) stands bare everywhere, a word stands bare in
  /// YAML only, a text is quoted where YAML needs it. Of a scalar that was read: a text was quoted, a word
  /// was not.
  enum class Style { literal, word, text };

  Form form = Form::nothing;
  Style style = Style::word;
  bool flow = false;  ///< a map to be written as {a: 1, b: 2}
  std::string text;   ///< of a scalar
  Place place;
  std::vector<ConfigNode> keys;   ///< of a map: scalars, as many as items
  std::vector<ConfigNode> items;  ///< of a list or a map

  static ConfigNode scalar(std::string text, Style style);
  static ConfigNode list() { return of(Form::list); }
  static ConfigNode map() { return of(Form::map); }

  /// The value under a key of a map; null if there is none or this is no map.
  const ConfigNode* find(std::string_view key) const;
  ConfigNode* find(std::string_view key);
  /// Appends a key to a map.
  ConfigNode& append(ConfigNode key, ConfigNode value);
  ConfigNode& append(std::string_view key, ConfigNode value);

 private:
  static ConfigNode of(Form form);
};

/// What a piece is, for messages: "nothing", "a list", "a map", "'abc'", "the text 'abc'", "1.5".
std::string found_text(const ConfigNode& node);

/// Reads one YAML 1.2 document or JSON text; `name` stands in messages, `source` in places. Refuses, with a
/// place: syntax errors, repeated keys, keys that are no scalars, tags, aliases of unfinished parts, nesting
/// deeper than 64, a second document, text that is not UTF-8, control characters, texts above 4 MB.
ConfigNode parse_tree(const std::string& text, const std::string& name, int source);

/// Block style, lists of scalars in one line.
std::string yaml_text(const ConfigNode& node);
/// One line without blanks.
std::string json_text(const ConfigNode& node);

}  // namespace tazuna
