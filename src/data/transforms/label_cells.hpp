// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tazuna {

/// Sums of weights that differ by less are equal.
inline constexpr float equal_weights = 1e-6f;

/// The label with the greatest sum of weights among the corners of a cell; ties go to the label of the
/// greatest single weight.
int16_t most_weight(const std::array<int16_t, 8>& label, const std::array<float, 8>& weight);

/// The same for many cells side by side, with the weights of linear interpolation.
class LabelCells {
 public:
  explicit LabelCells(int64_t most);
  void clear() { count_ = 0; }
  int64_t count() const { return count_; }
  /// A cell's labels, the corners in the order z, y, x as bits 2, 1, 0, and where in it (0 to 1) along z, y,
  /// x a label is wanted.
  void add(const std::array<int16_t, 8>& label, float z, float y, float x);
  /// The cells' labels in the order of add().
  const std::vector<int32_t>& most_weights();

 private:
  int64_t count_ = 0;
  std::array<std::vector<int32_t>, 8> label_;
  std::array<std::vector<float>, 3> place_;
  std::vector<int32_t> chosen_;
};

}  // namespace tazuna
