// SPDX-License-Identifier: Apache-2.0
#include "config/tree.hpp"

#include <utility>

#include "core/text.hpp"

namespace tazuna {

ConfigNode ConfigNode::of(Form form) {
  ConfigNode node;
  node.form = form;
  return node;
}

ConfigNode ConfigNode::scalar(std::string text, Style style) {
  ConfigNode node = of(Form::scalar);
  node.text = std::move(text);
  node.style = style;
  return node;
}

const ConfigNode* ConfigNode::find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

ConfigNode* ConfigNode::find(std::string_view key) {
  return const_cast<ConfigNode*>(std::as_const(*this).find(key));
}

ConfigNode& ConfigNode::append(ConfigNode key, ConfigNode value) {
  keys.push_back(std::move(key));
  items.push_back(std::move(value));
  return items.back();
}

ConfigNode& ConfigNode::append(std::string_view key, ConfigNode value) {
  return append(scalar(std::string(key), Style::text), std::move(value));
}

std::string found_text(const ConfigNode& node) {
  switch (node.form) {
    case ConfigNode::Form::nothing:
      return "nothing";
    case ConfigNode::Form::list:
      return "a list";
    case ConfigNode::Form::map:
      return "a map";
    case ConfigNode::Form::scalar:
      break;
  }
  constexpr size_t longest = 60;
  const std::string shown = node.text.size() > longest ? node.text.substr(0, longest) + "..." : node.text;
  if (node.style == ConfigNode::Style::text) return cat("the text '", shown, "'");
  const bool number = node.text.find_first_of("0123456789") != std::string::npos &&
                      node.text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  return number ? shown : cat("'", shown, "'");
}

}  // namespace tazuna
