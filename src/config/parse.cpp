// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "config/tree.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace tazuna {
namespace {

constexpr size_t deepest = 64;
constexpr size_t largest_text = 4 << 20;
constexpr size_t most_nodes = 500'000;  // aliases of aliases can make a small text huge

/// yaml-cpp's marks count from 0.
Place place_at(const YAML::Mark& mark, int source) {
  return {source, mark.line + 1, mark.column + 1};
}

/// Builds the tree from the parser's events, so that no text can make it deeper or larger than allowed.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& name, int source) : name_(name), source_(source) {}

  ConfigNode take() { return std::move(result_); }
  bool finished() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) refuse(place_at(mark, source_), "a second document begins here; one is allowed");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    ConfigNode node;
    node.place = place_at(mark, source_);
    place_node(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    refuse_tag(mark, tag);
    // The parser's tags: "!" for a quoted scalar, "?" for a bare one.
    ConfigNode node =
        ConfigNode::scalar(text, tag == "!" ? ConfigNode::Style::text : ConfigNode::Style::word);
    node.place = place_at(mark, source_);
    place_node(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) refuse(place_at(mark, source_), "an alias stands inside what it names");
    count(size_of(known->second), place_at(mark, source_));
    if (frames_.size() + depth_of(known->second) > deepest) refuse_depth(place_at(mark, source_));
    place_node(known->second, 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(ConfigNode::list(), mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(ConfigNode::map(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Frame {
    ConfigNode node;
    YAML::anchor_t anchor;
    std::map<std::string, int> lines_of_keys;
  };

  [[noreturn]] void refuse(const Place& place, const std::string& sentence) const {
    throw refused(cat(name_, ":", place.line, ":", place.column, ": ", sentence));
  }
  [[noreturn]] void refuse_depth(const Place& place) const {
    refuse(place, cat("nested deeper than ", deepest, " levels"));
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "!" || tag == "?") return;
    refuse(place_at(mark, source_), cat("the tag '", tag, "' is not understood; write the plain value"));
  }
  void count(size_t nodes, const Place& place) {
    nodes_ += nodes;
    if (nodes_ > most_nodes) refuse(place, cat("more than ", most_nodes, " values"));
  }
  static size_t size_of(const ConfigNode& node) {
    size_t sum = 1 + node.keys.size();
    for (const ConfigNode& item : node.items) sum += size_of(item);
    return sum;
  }
  static size_t depth_of(const ConfigNode& node) {
    size_t depth = 0;
    for (const ConfigNode& item : node.items) depth = std::max(depth, depth_of(item));
    return depth + 1;
  }

  void begin(ConfigNode node, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    node.place = place_at(mark, source_);
    refuse_tag(mark, tag);
    if (frames_.size() == deepest) refuse_depth(node.place);
    frames_.push_back({std::move(node), anchor, {}});
  }
  void end() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    place_node(std::move(frame.node), frame.anchor);
  }

  /// Hangs a finished node into the list or map that is open.
  void place_node(ConfigNode node, YAML::anchor_t anchor) {
    count(1, node.place);
    if (anchor != 0) anchors_[anchor] = node;
    if (frames_.empty()) {
      result_ = std::move(node);
      return;
    }
    Frame& open = frames_.back();
    ConfigNode& into = open.node;
    if (into.form == ConfigNode::Form::map && into.keys.size() == into.items.size()) {
      if (node.form != ConfigNode::Form::scalar) {
        refuse(node.place, cat("a key must be a name, but got ", found_text(node)));
      }
      const auto [known, is_new] = open.lines_of_keys.emplace(node.text, node.place.line);
      if (!is_new) {
        refuse(node.place, cat(node.text, ": repeated key; it is already given in line ", known->second));
      }
      into.keys.push_back(std::move(node));
    } else {
      into.items.push_back(std::move(node));
    }
  }

  const std::string& name_;
  const int source_;
  int documents_ = 0;
  size_t nodes_ = 0;
  ConfigNode result_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, ConfigNode> anchors_;
};

/// The parser takes a byte 4 for the end of the text and reads UTF-16 as well: what it must not see.
void refuse_foreign_bytes(std::string_view text, const std::string& name) {
  int line = 1;
  size_t line_start = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    const char first = text[at];
    const bool control = first >= 0 && first < ' ' && first != '\t' && first != '\n' && first != '\r';
    if (length == 0 || control) {
      throw refused(cat(name, ":", line, ":", at - line_start + 1, ": ",
                        control ? "a control character" : "not UTF-8", "; a configuration is UTF-8 text"));
    }
    at += length;
    if (first == '\n') {
      ++line;
      line_start = at;
    }
  }
}

}  // namespace

ConfigNode parse_tree(const std::string& text, const std::string& name, int source) {
  if (text.size() > largest_text) {
    throw refused(cat(name, ": has ", text.size(), " bytes; a configuration has at most ", largest_text));
  }
  refuse_foreign_bytes(text, name);
  Builder builder(name, source);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (error.mark.is_null()) throw refused(cat(name, ": ", error.msg));
    throw refused(cat(name, ":", error.mark.line + 1, ":", error.mark.column + 1, ": ", error.msg));
  }
  return builder.take();
}

}  // namespace tazuna
