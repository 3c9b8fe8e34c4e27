// SPDX-License-Identifier: Apache-2.0
#include "losses/dice_ce.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, DiceCrossEntropyOptions& options) {
  constexpr Range weight = {0, 1e6};
  fields.group("dice", options.dice, "the soft Dice part");
  fields.group("ce", options.ce, "the cross-entropy part");
  fields.number("dice_weight", options.dice_weight, weight, "factor of the soft Dice part");
  fields.number("ce_weight", options.ce_weight, weight, "factor of the cross-entropy part");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceCrossEntropyOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    const VoxelTerms terms = voxel_terms(logits, labels);
    return options.dice_weight * dice_rows(terms, options.dice) +
           options.ce_weight * cross_entropy_rows(terms, options.ce);
  };
}

}  // namespace tazuna
