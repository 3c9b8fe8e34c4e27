// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "core/error.hpp"

namespace tazuna {

/// A value the user may leave to the planner by writing `auto`. The resolved configuration holds no `auto`.
template <class T>
class Auto {
 public:
  Auto() = default;
  Auto(T value) : value_(std::move(value)) {}  // NOLINT: a plain value is an answer
  bool is_auto() const { return !value_.has_value(); }
  /// The value; an Error if the planner has not filled it in.
  const T& get() const {
    if (!value_) throw Error("an option is still 'auto' where its value is needed");
    return *value_;
  }
  /// The value, or `otherwise` while it is `auto`.
  T value_or(T otherwise) const { return value_.value_or(std::move(otherwise)); }
  /// Sets the value only where the user left it to us.
  void fill(T value) {
    if (!value_) value_ = std::move(value);
  }
  void reset() { value_.reset(); }

 private:
  std::optional<T> value_;
};

}  // namespace tazuna
