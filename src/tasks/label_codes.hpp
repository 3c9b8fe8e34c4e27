// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// The two-way table between the labels of a map (any whole numbers) and the classes of a network (0 =
/// background, then the named labels in order; no_answer of losses/voxel_terms.hpp where the map says that
/// nobody knows).
class LabelCodes {
 public:
  /// `names` {structure: label in the map}; `ignore`: the label of voxels without an answer, 0 for none.
  /// Refuses label 0, repeated names and repeated labels.
  explicit LabelCodes(NamedIntegers names, int64_t ignore = 0);
  const NamedIntegers& names() const { return names_; }
  int64_t classes() const { return static_cast<int64_t>(names_.size()) + 1; }
  /// Whether voxels may lack an answer.
  bool has_ignore() const { return ignore_ != 0; }
  /// All that a map may hold: 0, the named labels and the ignored one.
  std::vector<int64_t> labels() const;
  /// int16 map of labels -> int16 map of classes beside it, contiguous; labels that are not named become
  /// background.
  Tensor to_classes(const Tensor& labels) const;
  /// The same in tensor operations, which to_classes() takes for maps that are not on the CPU.
  Tensor to_classes_on_device(const Tensor& labels) const;
  /// Map of classes 0 … K-1 -> map of labels.
  Tensor to_labels(const Tensor& classes) const;

 private:
  NamedIntegers names_;
  int64_t ignore_ = 0;
  bool same_ = true;               // class k is label k: classes need no translation
  std::vector<int16_t> class_of_;  // by label as uint16
};

}  // namespace tazuna
