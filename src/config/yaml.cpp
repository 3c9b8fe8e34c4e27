// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "config/reader.hpp"
#include "config/tree.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {

using Form = ConfigNode::Form;

struct Document::Tree {
  std::string name;
  ConfigNode root;
  std::vector<std::string> assignments;
  std::vector<Finding> findings;

  std::string place_text(const Place& place) const {
    if (place.source > 0) return cat("--set ", assignments[static_cast<size_t>(place.source) - 1]);
    return cat(name, ":", place.line, ":", place.column);
  }
};

namespace {

/// The place of the deepest part of a key path that the text holds.
Place place_of(const ConfigNode& root, const std::string& path) {
  const ConfigNode* node = &root;
  for (const std::string& part : split_text(path, '.')) {
    const ConfigNode* next = node->find(part);
    size_t index = 0;
    const auto [stop, problem] = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool number = problem == std::errc() && stop == part.data() + part.size();
    if (node->form == Form::list && number && index < node->items.size()) next = &node->items[index];
    if (next == nullptr) break;
    node = next;
  }
  return node->place;
}

Error misused(const std::string& assignment, const std::string& sentence) {
  return Error(cat("--set ", assignment, ": ", sentence), Fault::usage);
}

/// One step down a key path; makes missing keys of maps.
ConfigNode& step_into(ConfigNode& node, const std::string& part, const Place& place,
                      const std::string& assignment) {
  if (node.form == Form::nothing) {
    node = ConfigNode::map();
    node.place = place;
  }
  if (node.form == Form::list) {
    size_t index = 0;
    const char* end = part.data() + part.size();
    const auto [stop, problem] = std::from_chars(part.data(), end, index);
    if (problem == std::errc() && stop == end && index < node.items.size()) return node.items[index];
    throw misused(assignment,
                  cat("'", part, "' is no item of a list of ", node.items.size(), "; items count from 0"));
  }
  if (node.form == Form::scalar) {
    throw misused(assignment,
                  cat("'", part, "' would stand inside ", found_text(node), ", which is a plain value"));
  }
  if (ConfigNode* known = node.find(part)) return *known;
  ConfigNode key = ConfigNode::scalar(part, ConfigNode::Style::word);
  key.place = place;
  return node.append(std::move(key), ConfigNode{});
}

}  // namespace

Document::Document() : tree_(std::make_unique<Tree>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Document Document::parse(const std::string& text, const std::string& name) {
  Document document;
  document.tree_->name = name;
  document.tree_->root = parse_tree(text, name, 0);
  return document;
}

Document Document::open(const std::filesystem::path& file) {
  return parse(read_text(file), file.string());
}

void Document::set(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw misused(assignment, "expected KEY=VALUE, as in train.steps=50");
  }
  const std::vector<std::string> parts = split_text(assignment.substr(0, equals), '.');
  if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
    throw misused(assignment,
                  "the key has an empty part; expected names with dots between, as in train.steps=50");
  }
  tree_->assignments.push_back(assignment);
  const Place place{static_cast<int>(tree_->assignments.size()), 1, 1};
  ConfigNode value;
  try {
    value = parse_tree(assignment.substr(equals + 1), "value", place.source);
  } catch (const Error& error) {
    throw misused(assignment, error.what());
  }
  value.place.source = place.source;
  ConfigNode* node = &tree_->root;
  for (const std::string& part : parts) node = &step_into(*node, part, place, assignment);
  *node = std::move(value);
}

void Document::read(const std::function<void(Fields&)>& describe_options) {
  Reader(tree_->findings).read(tree_->root, describe_options);
}

void Document::report(const Problems& problems) {
  std::set<std::string> known;
  for (const Finding& finding : tree_->findings) known.insert(finding.path);
  for (const Problem& problem : problems.list()) {
    // A value that could not be read still has its default here; what is wrong with that is no news.
    if (known.contains(problem.where)) continue;
    tree_->findings.push_back({place_of(tree_->root, problem.where), problem.where, problem.sentence});
  }
}

void Document::finish() {
  std::vector<Finding>& findings = tree_->findings;
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.place < b.place; });
  Problems problems;
  for (const Finding& finding : findings) {
    problems.add(tree_->place_text(finding.place),
                 finding.path.empty() ? finding.sentence : cat(finding.path, ": ", finding.sentence));
  }
  problems.throw_if_any(Fault::refused);
}

}  // namespace tazuna
