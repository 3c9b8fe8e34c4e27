// SPDX-License-Identifier: Apache-2.0
#include "losses/dice.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, DiceOptions& options) {
  fields.number("smooth", options.smooth, {0, 1}, "added above and below the ratio");
  fields.flag("background", options.background, "count class 0 as well");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    return dice_rows(voxel_terms(logits, labels), options);
  };
}

Tensor dice_rows(const VoxelTerms& terms, const DiceOptions& options) {
  const ClassSums sums = class_sums(terms, options.background);
  const Tensor overlap = 2 * sums.overlap + options.smooth;
  const Tensor sizes = (sums.truth + sums.predicted + options.smooth).clamp_min(1e-8);
  // Rounding must not take a perfect answer below zero: weightings take the logarithm.
  return (1 - (overlap / sizes).mean(1)).clamp_min(0);
}

}  // namespace tazuna
