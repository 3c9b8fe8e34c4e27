// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "config/slots.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Form = ConfigNode::Form;
using Style = ConfigNode::Style;

bool is_auto(const ConfigNode& node) {
  return node.form == Form::scalar && node.text == "auto";
}

/// The whole text as a decimal number of YAML 1.2; neither inf nor nan nor other bases.
template <class T>
bool parse_number(std::string_view text, T& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stop == end;
}

/// "45s", "30min", "1.5h", "2d", "none".
bool parse_duration(const std::string& text, double& seconds) {
  if (text == "none") {
    seconds = 0;
    return true;
  }
  const size_t letters = text.find_last_of("0123456789.") + 1;
  const std::string unit = text.substr(letters);
  const double scale = unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (scale == 0 || !parse_number(std::string_view(text).substr(0, letters), seconds)) return false;
  seconds *= scale;
  return std::isfinite(seconds);
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), fits);
}

/// Replaces ${NAME} by environment variables and $${ by ${. Returns what is wrong, or an empty text.
std::string expand(std::string& text) {
  std::string result;
  size_t at = 0;
  for (;;) {
    const size_t open = text.find("${", at);
    result.append(text, at, open == std::string::npos ? open : open - at);
    if (open == std::string::npos) break;
    if (open > at && text[open - 1] == '$') {
      result += '{';
      at = open + 2;
      continue;
    }
    const size_t close = text.find('}', open);
    const std::string name = close == std::string::npos ? "" : text.substr(open + 2, close - open - 2);
    if (!is_name(name))
      return "'${' begins an environment variable as in ${HOME}; write '$${' for the signs alone";
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return cat("the environment variable ", name, " is not set");
    result += value;
    at = close + 1;
  }
  text = result;
  return "";
}

/// Reads values of every type a slot can have. Each read returns whether the value may be taken.
class Filler {
 public:
  Filler(const FieldInfo& info, std::string expected, const Complain& complain)
      : info_(info), expected_(std::move(expected)), complain_(complain) {}

  bool read(const ConfigNode& node, const std::string& path, double& value) const {
    if (info_.kind == Kind::duration) {
      if (node.form != Form::scalar || !parse_duration(node.text, value))
        return mismatch(node, path, expected_);
    } else if (!is_bare(node) || !parse_number(node.text, value)) {
      return mismatch(node, path, "a number");
    }
    return in_range(node, path, value);
  }
  bool read(const ConfigNode& node, const std::string& path, int64_t& value) const {
    if (!is_bare(node) || !parse_number(node.text, value)) return mismatch(node, path, "a whole number");
    return in_range(node, path, static_cast<double>(value));
  }
  bool read(const ConfigNode& node, const std::string& path, bool& value) const {
    // YAML 1.1's words, capitals included.
    static const std::set<std::string> yes{"true", "True", "TRUE", "on", "On", "ON", "yes", "Yes", "YES"},
        no{"false", "False", "FALSE", "off", "Off", "OFF", "no", "No", "NO"};
    if (!is_bare(node) || !(yes.contains(node.text) || no.contains(node.text)))
      return mismatch(node, path, "true or false (or on, off, yes, no)");
    value = yes.contains(node.text);
    return true;
  }
  bool read(const ConfigNode& node, const std::string& path, std::string& value) const {
    if (node.form != Form::scalar) return mismatch(node, path, "a text");
    std::string text = node.text;
    const std::string problem = expand(text);
    if (!problem.empty()) return wrong(node, path, problem);
    if (!is_choice(text)) {
      const std::vector<std::string> names(info_.choices.begin(), info_.choices.end());
      const std::string meant = nearest(text, names);
      return wrong(node, path,
                   cat(found_text(node), " is not one of ", join(names, ", "),
                       meant.empty() ? "" : cat("; did you mean '", meant, "'?")));
    }
    if (info_.choices.empty() && is_auto(node) && node.style == Style::word) {
      return wrong(node, path,
                   "'auto' is not possible here; write the value, or \"auto\" in quotes for the word");
    }
    value = text;
    return true;
  }
  bool read(const ConfigNode& node, const std::string& path, std::filesystem::path& value) const {
    std::string text;
    if (!read(node, path, text)) return false;
    value = text;
    return true;
  }
  bool read(const ConfigNode& node, const std::string& path, Triple& value) const {
    if (node.form != Form::list || node.items.size() != value.size()) {
      return mismatch(node, path, "a list of three whole numbers");
    }
    bool good = true;
    for (size_t i = 0; i < value.size(); ++i) good &= read(node.items[i], cat(path, ".", i), value[i]);
    return good;
  }
  bool read(const ConfigNode& node, const std::string& path, NamedIntegers& value) const {
    if (node.form != Form::map) return mismatch(node, path, expected_);
    value.clear();
    bool good = true;
    for (size_t i = 0; i < node.items.size(); ++i) {
      value.emplace_back(node.keys[i].text, 0);
      const std::string below = cat(path, ".", node.keys[i].text);
      good &= read(node.items[i], below, value.back().second);
      for (size_t other = 0; good && other < i; ++other) {
        if (value[other].second != value[i].second) continue;
        good = wrong(
            node.items[i], below,
            cat(value[i].second, " has the name '", value[other].first, "' already; one name a number"));
      }
    }
    return good;
  }
  template <class T>
  bool read(const ConfigNode& node, const std::string& path, std::vector<T>& values) const {
    if (node.form != Form::list) return mismatch(node, path, expected_);
    values.assign(node.items.size(), T{});
    bool good = true;
    for (size_t i = 0; i < values.size(); ++i) good &= read(node.items[i], cat(path, ".", i), values[i]);
    return good;
  }
  template <class T>
  bool read(const ConfigNode& node, const std::string& path, Auto<T>& value) const {
    value.reset();
    if (is_auto(node)) return true;
    T given{};
    if (!read(node, path, given)) return false;
    value = given;
    return true;
  }

 private:
  static bool is_bare(const ConfigNode& node) {
    return node.form == Form::scalar && node.style != Style::text;
  }
  bool is_choice(std::string_view text) const {
    return info_.choices.empty() ||
           std::find(info_.choices.begin(), info_.choices.end(), text) != info_.choices.end();
  }
  bool wrong(const ConfigNode& node, const std::string& path, const std::string& sentence) const {
    complain_(node, path, sentence);
    return false;
  }
  bool mismatch(const ConfigNode& node, const std::string& path, const std::string& expected) const {
    return wrong(node, path, cat("expected ", expected, ", but got ", found_text(node)));
  }
  bool in_range(const ConfigNode& node, const std::string& path, double value) const {
    if (value >= info_.range.least && value <= info_.range.most) return true;
    return wrong(node, path, cat(node.text, " is out of range; allowed: ", range_text(info_.range)));
  }

  const FieldInfo& info_;
  const std::string expected_;
  const Complain& complain_;
};

}  // namespace

void fill_slot(const ConfigNode& node, const std::string& path, const FieldInfo& info, const Slot& slot,
               const Complain& complain) {
  const std::string expected = cat(type_text(info, slot), takes_auto(slot) ? " or auto" : "");
  const Filler filler(info, expected, complain);
  std::visit(
      [&]<class T>(T* place) {
        T given{};
        if (filler.read(node, path, given)) *place = given;
      },
      slot);
}

}  // namespace tazuna
