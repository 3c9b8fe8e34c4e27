// SPDX-License-Identifier: Apache-2.0
#include "data/json_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Json = nlohmann::ordered_json;

std::string place_of(const std::string& text, size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = 1 + std::count(text.begin(), end, '\n');
  const auto line_start = std::find(std::make_reverse_iterator(end), text.rend(), '\n').base();
  return cat("line ", line, ", column ", 1 + (end - line_start));
}

/// nlohmann keeps one of several equal keys in silence; a callback sees them all.
class RepeatedKeys {
 public:
  bool operator()(int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) seen_.emplace_back();
    if (event == Json::parse_event_t::object_end) seen_.pop_back();
    if (event == Json::parse_event_t::key && !seen_.back().insert(value.get<std::string>()).second)
      throw refused(
          cat("the key '", value.get<std::string>(), "' stands twice in one object; remove one of them"));
    return true;
  }

 private:
  std::vector<std::set<std::string>> seen_;
};

}  // namespace

Json read_json(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_text(file);
  } catch (const Error& error) {
    throw refused(error.what());
  }
  return within(file.string(), [&] {
    try {
      RepeatedKeys repeated;
      return Json::parse(text, [&](int depth, Json::parse_event_t event, Json& value) {
        return repeated(depth, event, value);
      });
    } catch (const Json::parse_error& error) {
      throw refused(cat("this is not JSON: reading stops at ", place_of(text, error.byte),
                        "; look there for a missing or surplus comma, quote or bracket"));
    }
  });
}

std::string_view kind_of_json(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "a text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number_integer()) return "a whole number";
  if (value.is_number()) return "a number with a fraction";
  return "nothing (null)";
}

}  // namespace tazuna
