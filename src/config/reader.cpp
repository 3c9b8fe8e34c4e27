// SPDX-License-Identifier: Apache-2.0
#include "config/reader.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace tazuna {

using Form = ConfigNode::Form;

void Reader::complain(const Place& place, const std::string& path, const std::string& sentence) {
  findings_.push_back({place, path, sentence});
}

std::string Reader::path_of(std::string_view name) const {
  return scope_.path.empty() ? std::string(name) : cat(scope_.path, ".", name);
}

const ConfigNode* Reader::look_up(std::string_view name) {
  scope_.known.emplace_back(name);
  described_[std::string(name)] = path_of(name);
  return scope_.map == nullptr ? nullptr : scope_.map->find(name);
}

void Reader::read(const ConfigNode& root, const std::function<void(Fields&)>& inside) {
  walk(&root, "", inside);
  report_unknown_keys();
}

/// Describes a group whose keys stand in `node`; null or nothing leaves all its options at their defaults.
void Reader::walk(const ConfigNode* node, const std::string& path,
                  const std::function<void(Fields&)>& inside) {
  if (node != nullptr && node->form != Form::map && node->form != Form::nothing) {
    complain(node->place, path, cat("expected a map of options, but got ", found_text(*node)));
    return;
  }
  Scope inner;
  inner.place = node == nullptr ? scope_.place : node->place;
  inner.map = node != nullptr && node->form == Form::map ? node : nullptr;
  inner.path = path;
  std::swap(scope_, inner);
  inside(*this);
  note_unknown_keys();
  std::swap(scope_, inner);
}

void Reader::note_unknown_keys() {
  if (scope_.map == nullptr || scope_.unsure) return;
  for (const ConfigNode& key : scope_.map->keys) {
    if (std::find(scope_.known.begin(), scope_.known.end(), key.text) == scope_.known.end())
      unknown_.push_back({key.place, path_of(key.text), key.text, scope_.known});
  }
}

/// Told at the end, when it is known whether another group has the key.
void Reader::report_unknown_keys() {
  for (const Unknown& one : unknown_) {
    const std::string meant = nearest(one.key, one.known);
    const auto elsewhere = described_.find(one.key);
    complain(one.place, one.path,
             meant.empty()
                 ? cat("unknown key; known here: ", join(one.known, ", "),
                       elsewhere == described_.end() ? "" : cat("; elsewhere there is ", elsewhere->second))
                 : cat("unknown key; did you mean '", meant, "'?"));
  }
  unknown_.clear();
}

void Reader::value(const FieldInfo& info, Slot slot) {
  const ConfigNode* node = look_up(info.name);
  if (node != nullptr) {
    fill_slot(*node, path_of(info.name), info, slot,
              [this](const ConfigNode& at, const std::string& path, const std::string& sentence) {
                complain(at.place, path, sentence);
              });
  } else if (info.required) {
    complain(scope_.place, path_of(info.name), cat("missing; it must be given (", info.meaning, ")"));
  }
}

void Reader::enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) {
  const ConfigNode* node = look_up(info.name);
  walk(node, path_of(info.name), inside);
}

void Reader::alternative(const FieldInfo& info, const OneOf& set) {
  if (info.name.empty()) {
    choose(set);
    return;
  }
  const ConfigNode* node = look_up(info.name);
  walk(node, path_of(info.name), [&](Fields&) { choose(set); });
}

/// Reads the `kind` of the current group and describes the alternative it names.
void Reader::choose(const OneOf& set) {
  const ConfigNode* kind = look_up("kind");
  if (kind != nullptr) {
    const auto named = kind->form == Form::scalar ? std::find(set.kinds.begin(), set.kinds.end(), kind->text)
                                                  : set.kinds.end();
    if (named == set.kinds.end()) {
      const std::vector<std::string> names(set.kinds.begin(), set.kinds.end());
      const std::string meant = kind->form == Form::scalar ? nearest(kind->text, names) : "";
      complain(kind->place, path_of("kind"),
               cat("expected one of ", join(names, ", "), ", but got ", found_text(*kind),
                   meant.empty() ? "" : cat("; did you mean '", meant, "'?")));
      scope_.unsure = true;
      return;
    }
    set.choose(static_cast<size_t>(named - set.kinds.begin()));
  }
  set.inside(*this);
}

void Reader::sequence(const FieldInfo& info, const List& set) {
  const ConfigNode* node = look_up(info.name);
  const std::string path = path_of(info.name);
  if (node == nullptr) return;
  if (node->form != Form::list) {
    complain(node->place, path, cat("expected a list, but got ", found_text(*node)));
    return;
  }
  set.resize(0);  // what the program would have put there is not a default of what the text puts there
  set.resize(node->items.size());
  for (size_t i = 0; i < node->items.size(); ++i) {
    walk(&node->items[i], cat(path, ".", i), [&](Fields& fields) { set.inside(fields, i); });
  }
}

}  // namespace tazuna
