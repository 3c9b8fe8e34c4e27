// SPDX-License-Identifier: Apache-2.0
#include "config/manual.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/slots.hpp"
#include "config/tree.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

/// What the manual says about one key.
struct Entry {
  std::string path;
  std::string text;
};

/// Collects an entry for every key, those of all alternatives included.
class Collector : public Fields {
 public:
  std::vector<Entry> take() { return std::move(entries_); }

  void value(const FieldInfo& info, Slot slot) override {
    std::string type =
        info.choices.empty() ? type_text(info, slot) : cat("one of ", join(info.choices, ", "));
    if (takes_auto(slot)) type += " or auto";
    const std::string range = info.kind == Kind::duration ? "" : range_text(info.range);
    const std::string given = info.required ? "must be given" : cat("default ", default_text(info, slot));
    add(path_of(info.name), cat(type, range.empty() ? "" : cat(", ", range), "; ", given), info.meaning);
  }
  void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) override {
    add(path_of(info.name), "a group of options", info.meaning);
    descend(path_of(info.name), inside);
  }
  void alternative(const FieldInfo& info, const OneOf& set) override {
    if (!info.name.empty()) {
      add(path_of(info.name), "a group of options chosen by its kind", info.meaning);
      descend(path_of(info.name), [&](Fields&) { kinds(info, set); });
    } else {
      kinds(info, set);
    }
  }
  void sequence(const FieldInfo& info, const List& set) override {
    add(path_of(info.name), "a list of groups of options, N counts from 0", info.meaning);
    descend(cat(path_of(info.name), ".N"), set.example);
  }

 private:
  static std::string default_text(const FieldInfo& info, const Slot& slot) {
    const ConfigNode value = node_of(info, slot);
    if (value.form == ConfigNode::Form::map) return trimmed(yaml_text(value));
    ConfigNode list = ConfigNode::list();
    list.items.push_back(value);
    const std::string text = trimmed(yaml_text(list));  // one item in brackets
    return text.substr(1, text.size() - 2);
  }
  std::string path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : cat(path_, ".", name);
  }
  void add(const std::string& path, const std::string& facts, std::string_view meaning) {
    entries_.push_back({path, cat(path, kind_, "\n    ", facts, "\n    ", meaning, "\n")});
  }
  void descend(const std::string& path, const std::function<void(Fields&)>& inside) {
    const std::string outer = std::exchange(path_, path);
    inside(*this);
    path_ = outer;
  }
  /// The entries of every alternative, the one that holds by default first.
  void kinds(const FieldInfo& info, const OneOf& set) {
    add(path_of("kind"), cat("one of ", join(set.kinds, ", "), "; default ", set.kinds.at(set.active)),
        info.meaning);
    const std::string outer = kind_;
    describe_kind(set, set.active, outer);
    for (size_t i = 0; i < set.kinds.size(); ++i) {
      if (i != set.active) describe_kind(set, i, outer);
    }
    set.choose(set.active);
    kind_ = outer;
  }
  void describe_kind(const OneOf& set, size_t index, const std::string& outer) {
    set.choose(index);
    kind_ = cat(outer, "   (", path_of("kind"), ": ", set.kinds[index], ")");
    set.inside(*this);
  }

  std::vector<Entry> entries_;
  std::string path_;
  std::string kind_;
};

/// "tasks.0.weight" as the manual calls it: "tasks.N.weight".
std::string with_numbers_named(const std::string& key) {
  std::vector<std::string> parts = split_text(key, '.');
  for (std::string& part : parts) {
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos) part = "N";
  }
  return join(parts, ".");
}

}  // namespace

std::string manual(const Describe& describe_options, const std::string& key) {
  Collector collector;
  describe_options(collector);
  const std::string wanted = with_numbers_named(key);
  std::string text;
  std::vector<std::string> paths;
  for (const Entry& entry : collector.take()) {
    paths.push_back(entry.path);
    if (!wanted.empty() && entry.path != wanted && !entry.path.starts_with(wanted + ".")) continue;
    if (!text.empty()) text += '\n';
    text += entry.text;
  }
  if (!text.empty() || wanted.empty()) return text;
  std::string meant = nearest(wanted, paths);
  const auto below = std::find_if(paths.begin(), paths.end(), [&wanted](const std::string& path) {
    return path.ends_with("." + wanted);
  });
  if (below != paths.end()) meant = *below;
  throw Error(cat("the manual knows no key '", key, "'",
                  meant.empty() ? "; 'tazuna manual' lists all" : cat("; did you mean '", meant, "'?")),
              Fault::usage);
}

}  // namespace tazuna
