// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"

namespace tazuna {

/// Counts of two masks of one grid.
struct Overlap {
  int64_t both = 0, predicted = 0, reference = 0;
  double dice() const;  ///< 2 both / (predicted + reference); NaN if both masks are empty
  double iou() const;   ///< NaN if both masks are empty
};
/// Overlap of label `label` in two label maps [D, H, W] of one integer type.
Overlap overlap(const Tensor& predicted, const Tensor& reference, int64_t label);

}  // namespace tazuna
