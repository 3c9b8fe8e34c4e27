// SPDX-License-Identifier: Apache-2.0
#include "config/slots.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Style = ConfigNode::Style;

template <class T>
constexpr bool is_auto_type = false;
template <class T>
constexpr bool is_auto_type<Auto<T>> = true;

const char* type_name(const double*) {
  return "a number";
}
const char* type_name(const int64_t*) {
  return "a whole number";
}
const char* type_name(const bool*) {
  return "true or false";
}
const char* type_name(const std::string*) {
  return "a text";
}
const char* type_name(const std::filesystem::path*) {
  return "a path";
}
const char* type_name(const std::vector<double>*) {
  return "a list of numbers";
}
const char* type_name(const std::vector<int64_t>*) {
  return "a list of whole numbers";
}
const char* type_name(const std::vector<std::string>*) {
  return "a list of texts";
}
const char* type_name(const std::vector<Triple>*) {
  return "a list of triples of whole numbers";
}
const char* type_name(const NamedIntegers*) {
  return "a map of names to whole numbers";
}
template <class T>
const char* type_name(const Auto<T>*) {
  return type_name(static_cast<const T*>(nullptr));
}

ConfigNode literal(std::string text) {
  return ConfigNode::scalar(std::move(text), Style::literal);
}

/// Seconds in the largest unit that leaves a whole number: "2h", "90s", "0.5s"; "none" for 0.
std::string duration_text(double seconds) {
  if (seconds == 0) return "none";
  if (std::fmod(seconds, 3600) == 0) return number_text(seconds / 3600) + "h";
  if (std::fmod(seconds, 60) == 0) return number_text(seconds / 60) + "min";
  return number_text(seconds) + "s";
}

/// Makes pieces of configuration from values.
class Maker {
 public:
  explicit Maker(const FieldInfo& info) : info_(info) {}

  ConfigNode make(double value) const {
    if (!std::isfinite(value)) {
      throw Error(
          cat(info_.name, ": is ", number_text(value), "; a configuration holds finite numbers only"));
    }
    if (info_.kind == Kind::duration) return ConfigNode::scalar(duration_text(value), Style::word);
    return literal(number_text(value));
  }
  ConfigNode make(int64_t value) const { return literal(std::to_string(value)); }
  ConfigNode make(bool value) const { return literal(value ? "true" : "false"); }
  ConfigNode make(const std::string& value) const {
    // "$${" is read as "${", which would otherwise ask for an environment variable.
    std::string text = value;
    for (size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 3) text.insert(at, 1, '$');
    return ConfigNode::scalar(text, Style::text);
  }
  ConfigNode make(const std::filesystem::path& value) const { return make(value.string()); }
  ConfigNode make(const Triple& value) const {
    return make(std::vector<int64_t>(value.begin(), value.end()));
  }
  ConfigNode make(const NamedIntegers& value) const {
    ConfigNode node = ConfigNode::map();
    node.flow = true;
    for (const auto& [name, number] : value) node.append(name, make(number));
    return node;
  }
  template <class T>
  ConfigNode make(const std::vector<T>& values) const {
    ConfigNode node = ConfigNode::list();
    for (const T& value : values) node.items.push_back(make(value));
    return node;
  }
  template <class T>
  ConfigNode make(const Auto<T>& value) const {
    return value.is_auto() ? ConfigNode::scalar("auto", Style::word) : make(value.get());
  }

 private:
  const FieldInfo& info_;
};

}  // namespace

std::string type_text(const FieldInfo& info, const Slot& slot) {
  if (info.kind == Kind::duration) return "a duration such as 45s, 30min, 2h or none";
  return std::visit([](const auto* place) { return std::string(type_name(place)); }, slot);
}

bool takes_auto(const Slot& slot) {
  return std::visit([]<class T>(const T*) { return is_auto_type<T>; }, slot);
}

std::string range_text(const Range& range) {
  constexpr double open = std::numeric_limits<double>::infinity();
  if (range.least == -open) return range.most == open ? "" : cat("at most ", number_text(range.most));
  if (range.most == open) return cat("at least ", number_text(range.least));
  return cat(number_text(range.least), " to ", number_text(range.most));
}

ConfigNode node_of(const FieldInfo& info, const Slot& slot) {
  return std::visit([&info](const auto* place) { return Maker(info).make(*place); }, slot);
}

}  // namespace tazuna
