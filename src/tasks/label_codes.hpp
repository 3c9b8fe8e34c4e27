// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// The two-way table between the labels of a map (any whole numbers) and the classes of a network (0 =
/// background, then the named labels in order).
class LabelCodes {
 public:
  LabelCodes() = default;
  /// `names` {structure: label in the map}; refuses label 0, repeated names and repeated labels.
  explicit LabelCodes(NamedIntegers names);
  const NamedIntegers& names() const { return names_; }
  int64_t classes() const { return static_cast<int64_t>(names_.size()) + 1; }
  /// 0 and the named labels.
  std::vector<int64_t> labels() const;
  /// int16 map of labels -> int16 map of classes; labels that are not named become background.
  Tensor to_classes(const Tensor& labels) const;
  Tensor to_labels(const Tensor& classes) const;

 private:
  NamedIntegers names_;
  bool same_ = true;  // class k is label k: nothing to translate
};

}  // namespace tazuna
