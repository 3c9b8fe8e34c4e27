// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/auto.hpp"

namespace tazuna {

using Triple = std::array<int64_t, 3>;                               ///< z, y, x
using NamedIntegers = std::vector<std::pair<std::string, int64_t>>;  ///< {lesion: 1, oedema: 2}, order kept

/// Closed interval of allowed numbers; infinite where open.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// The place a value lives in; the one list of value types an option can have.
using Slot =
    std::variant<double*, Auto<double>*, int64_t*, Auto<int64_t>*, bool*, std::string*, Auto<std::string>*,
                 std::filesystem::path*, std::vector<double>*, Auto<std::vector<double>>*,
                 std::vector<int64_t>*, Auto<std::vector<int64_t>>*, std::vector<std::string>*,
                 std::vector<Triple>*, Auto<std::vector<Triple>>*, NamedIntegers*>;

enum class Kind {
  plain,
  duration
};  ///< duration: seconds in the program, "30min", "2h", "45s" or "none" (0) in text

/// What is said about an option once: its name, meaning, range.
struct FieldInfo {
  std::string_view name;
  std::string_view meaning;
  Range range = {};                            ///< of a number, of each number in a list
  std::vector<std::string_view> choices = {};  ///< allowed texts; empty: any
  bool required = false;                       ///< the key must be there
  Kind kind = Kind::plain;
};

/// Visitor over an options struct. `describe(Fields&, Options&)`, found beside the struct, names each member
/// once; readers, writers and the manual implement the four virtual functions.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void number(std::string_view name, T& slot, Range range, std::string_view meaning) {
    value({name, meaning, range}, Slot(&slot));
  }
  template <class T>
  void integer(std::string_view name, T& slot, Range range, std::string_view meaning) {
    value({name, meaning, range}, Slot(&slot));
  }
  void flag(std::string_view name, bool& slot, std::string_view meaning) {
    value({name, meaning}, Slot(&slot));
  }
  /// Seconds; the text form has a unit ("45s", "30min", "2h") or is "none" for 0.
  void duration(std::string_view name, double& seconds, std::string_view meaning) {
    value({name, meaning, {0, std::numeric_limits<double>::infinity()}, {}, false, Kind::duration},
          Slot(&seconds));
  }
  template <class T>
  void text(std::string_view name, T& slot, std::string_view meaning, bool required = false) {
    value({name, meaning, {}, {}, required}, Slot(&slot));
  }
  template <class T>
  void choice(std::string_view name, T& slot, std::vector<std::string_view> choices,
              std::string_view meaning) {
    value({name, meaning, {}, std::move(choices)}, Slot(&slot));
  }
  void path(std::string_view name, std::filesystem::path& slot, std::string_view meaning,
            bool required = false) {
    value({name, meaning, {}, {}, required}, Slot(&slot));
  }
  /// A list of numbers, texts or triples.
  template <class T>
  void values(std::string_view name, T& slot, Range range, std::string_view meaning) {
    value({name, meaning, range}, Slot(&slot));
  }
  void named_integers(std::string_view name, NamedIntegers& slot, Range range, std::string_view meaning) {
    value({name, meaning, range}, Slot(&slot));
  }

  /// A nested struct.
  template <class T>
  void group(std::string_view name, T& options, std::string_view meaning) {
    enter({name, meaning}, [&options](Fields& inside) { describe(inside, options); });
  }
  /// One alternative of a closed set, chosen by its `kind` key.
  template <class... Options>
  void one_of(std::string_view name, std::variant<Options...>& chosen, std::string_view meaning) {
    OneOf set;
    set.kinds = {Options::kind...};
    set.active = chosen.index();
    set.choose = [&chosen](size_t index) { emplace_at(chosen, index); };
    set.inside = [&chosen](Fields& inside) {
      std::visit([&inside](auto& options) { describe(inside, options); }, chosen);
    };
    alternative({name, meaning}, set);
  }
  /// A list of structs.
  template <class T>
  void list(std::string_view name, std::vector<T>& items, std::string_view meaning) {
    List set;
    set.size = items.size();
    set.resize = [&items](size_t size) { items.resize(size); };
    set.inside = [&items](Fields& inside, size_t index) { describe(inside, items.at(index)); };
    T example{};
    set.example = [&example](Fields& inside) { describe(inside, example); };
    sequence({name, meaning}, set);
  }
  /// A closed set inside a list item, or at the top: the `kind` key stands beside the item's own keys.
  template <class... Options>
  void kind_here(std::variant<Options...>& chosen, std::string_view meaning) {
    one_of("", chosen, meaning);
  }

  struct OneOf {
    std::vector<std::string_view> kinds;
    size_t active = 0;
    std::function<void(size_t)> choose;   ///< makes the index-th alternative active, with its defaults
    std::function<void(Fields&)> inside;  ///< describes the active alternative
  };
  struct List {
    size_t size = 0;
    std::function<void(size_t)> resize;
    std::function<void(Fields&, size_t)> inside;  ///< describes item i
    std::function<void(Fields&)> example;         ///< describes a default item, for the manual
  };

  virtual void value(const FieldInfo& info, Slot slot) = 0;
  virtual void enter(const FieldInfo& info, const std::function<void(Fields&)>& inside) = 0;
  /// With an empty name the alternative's keys (and `kind`) stand in the current group.
  virtual void alternative(const FieldInfo& info, const OneOf& set) = 0;
  virtual void sequence(const FieldInfo& info, const List& set) = 0;

 private:
  template <class Variant, size_t index = 0>
  static void emplace_at(Variant& variant, size_t wanted) {
    if constexpr (index < std::variant_size_v<Variant>) {
      if (index == wanted) {
        if (variant.index() != index) variant.template emplace<index>();
      } else {
        emplace_at<Variant, index + 1>(variant, wanted);
      }
    }
  }
};

/// The name of the active alternative of a closed set.
template <class... Options>
std::string_view kind_of(const std::variant<Options...>& chosen) {
  return std::visit([](const auto& options) { return std::decay_t<decltype(options)>::kind; }, chosen);
}

}  // namespace tazuna
