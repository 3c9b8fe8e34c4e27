// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"

namespace tazuna {

/// A YAML (or JSON) text as read, before it is given to an options struct. Opening it refuses syntax errors,
/// repeated keys, alias cycles, nesting deeper than 64, files above 4 MB.
class Document {
 public:
  /// `name` stands in messages: "bad.yaml".
  static Document parse(const std::string& text, const std::string& name);
  static Document open(const std::filesystem::path& file);
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  /// Edits the tree: "train.steps=50", "tasks.0.weight=0.1", "network.widths=[16, 32]"; the value is YAML.
  /// An assignment without '=' or through a scalar is an Error (usage).
  void set(const std::string& assignment);
  /// Fills the options: strict about unknown keys (with a suggestion), types, ranges, choices, kinds; ${NAME}
  /// in texts and paths takes an environment variable (an unset one is a problem). Everything wrong is
  /// collected as "file:line:column: key: sentence" with place order, not thrown.
  void read(const std::function<void(Fields&)>& describe_options);
  /// Adds problems found by validate() (their `where` is a key path, given its line and column here).
  void report(const Problems& problems);
  /// Throws one Error (refused) with all that was found, sorted by place; nothing if all is well.
  void finish();

 private:
  Document();
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

/// Reads, edits and validates in one go. T has describe(Fields&, T&) and validate(const T&, Problems&).
template <class T>
T read_config(const std::filesystem::path& file, const std::vector<std::string>& assignments = {}) {
  Document document = Document::open(file);
  for (const std::string& assignment : assignments) document.set(assignment);
  T options{};
  document.read([&options](Fields& fields) { describe(fields, options); });
  Problems problems;
  validate(options, problems);
  document.report(problems);
  document.finish();
  return options;
}

}  // namespace tazuna
