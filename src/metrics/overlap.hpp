// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace tazuna {

/// An Error unless both are [D, H, W] of one size.
void expect_label_maps(const Tensor& predicted, const Tensor& reference);

/// part / whole; NaN where the whole is 0.
double share(int64_t part, int64_t whole);

/// Counts of two masks of one grid.
struct Overlap {
  int64_t both = 0, predicted = 0, reference = 0;
  double dice() const;  ///< 2 both / (predicted + reference); NaN if both masks are empty
  double iou() const;   ///< both / (predicted + reference - both); NaN if both masks are empty
};
/// Overlap of label `label` in two label maps [D, H, W] of integers.
Overlap overlap(const Tensor& predicted, const Tensor& reference, int64_t label);

}  // namespace tazuna
