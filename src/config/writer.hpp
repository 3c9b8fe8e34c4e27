// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/fields.hpp"

namespace tazuna {

using Describe = std::function<void(Fields&)>;

/// The options as YAML text; reading it back gives equal options. Numbers shortest round-trip; `auto` stands
/// where a value is still open.
std::string write_yaml(const Describe& describe_options);
/// The same tree as compact JSON, which Document::parse reads.
std::string write_json(const Describe& describe_options);

template <class T>
std::string to_yaml(T options) {
  return write_yaml([&options](Fields& fields) { describe(fields, options); });
}
template <class T>
std::string to_json(T options) {
  return write_json([&options](Fields& fields) { describe(fields, options); });
}

}  // namespace tazuna
