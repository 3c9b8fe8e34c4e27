// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/tree.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Form = ConfigNode::Form;
using Style = ConfigNode::Style;

/// The text in double quotes, understood by YAML and by JSON.
std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(
        cat("a text of ", text.size(), " bytes is not UTF-8; it cannot be written to a configuration"));
  }
}

/// True where every YAML reader takes the bare letters for this very text: a letter first, and no word that
/// YAML 1.1 or 1.2 takes for something else.
bool bare_is_safe(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto plain = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("_-./+ ").find(c) != std::string_view::npos;
  };
  if (text.empty() || !(letter(text.front()) || text.front() == '/') || text.back() == ' ') return false;
  if (!std::all_of(text.begin(), text.end(), plain)) return false;
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  constexpr std::string_view taken[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "auto"};
  return std::find(std::begin(taken), std::end(taken), lower) == std::end(taken);
}

/// "1e-05" is a text to YAML 1.1 readers; "1.0e-05" is a number to all.
std::string yaml_literal(const std::string& text) {
  const size_t exponent = text.find('e');
  const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (!number || exponent == std::string::npos || text.find('.') != std::string::npos) return text;
  return cat(text.substr(0, exponent), ".0", text.substr(exponent));
}

std::string yaml_scalar(const ConfigNode& node) {
  if (node.style == Style::literal) return yaml_literal(node.text);
  return node.style == Style::word || bare_is_safe(node.text) ? node.text : quoted(node.text);
}

bool in_one_line(const ConfigNode& node) {
  if (node.form == Form::map) return node.flow || node.items.empty();
  return std::none_of(node.items.begin(), node.items.end(),
                      [](const ConfigNode& item) { return item.form == Form::map || !in_one_line(item); });
}

std::string flow_text(const ConfigNode& node) {
  if (node.form == Form::scalar) return yaml_scalar(node);
  if (node.form == Form::nothing) return "null";
  const bool map = node.form == Form::map;
  std::vector<std::string> parts;
  for (size_t i = 0; i < node.items.size(); ++i) {
    parts.push_back(map ? cat(yaml_scalar(node.keys[i]), ": ", flow_text(node.items[i]))
                        : flow_text(node.items[i]));
  }
  return cat(map ? "{" : "[", join(parts, ", "), map ? "}" : "]");
}

/// A map or list in block style; each line begins with `indent` blanks.
std::string block_text(const ConfigNode& node, size_t indent) {
  const std::string blanks(indent, ' ');
  if (in_one_line(node)) return cat(blanks, flow_text(node), "\n");
  std::string text;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const ConfigNode& item = node.items[i];
    if (node.form == Form::list) {
      std::string inner = block_text(item, indent + 2);
      inner[indent] = '-';
      text += inner;
    } else if (in_one_line(item)) {
      text += cat(blanks, yaml_scalar(node.keys[i]), ": ", flow_text(item), "\n");
    } else {
      text += cat(blanks, yaml_scalar(node.keys[i]), ":\n", block_text(item, indent + 2));
    }
  }
  return text;
}

}  // namespace

std::string yaml_text(const ConfigNode& node) {
  return block_text(node, 0);
}

std::string json_text(const ConfigNode& node) {
  if (node.form == Form::scalar) return node.style == Style::literal ? node.text : quoted(node.text);
  if (node.form == Form::nothing) return "null";
  const bool map = node.form == Form::map;
  std::vector<std::string> parts;
  for (size_t i = 0; i < node.items.size(); ++i) {
    parts.push_back(map ? cat(quoted(node.keys[i].text), ":", json_text(node.items[i]))
                        : json_text(node.items[i]));
  }
  return cat(map ? "{" : "[", join(parts, ","), map ? "}" : "]");
}

}  // namespace tazuna
