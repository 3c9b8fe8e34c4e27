// SPDX-License-Identifier: Apache-2.0
#include "losses/dice_focal.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, DiceFocalOptions& options) {
  constexpr Range weight = {0, 1e6};
  fields.group("dice", options.dice, "the soft Dice part");
  fields.group("focal", options.focal, "the focal part");
  fields.number("dice_weight", options.dice_weight, weight, "factor of the soft Dice part");
  fields.number("focal_weight", options.focal_weight, weight, "factor of the focal part");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceFocalOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    const VoxelTerms terms = voxel_terms(logits, labels);
    return options.dice_weight * dice_rows(terms, options.dice) +
           options.focal_weight * focal_rows(terms, options.focal);
  };
}

}  // namespace tazuna
