// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/cross_entropy.hpp"
#include "losses/dice.hpp"

namespace tazuna {

/// Weighted sum of soft Dice and cross-entropy (nnU-Net's loss).
struct DiceCrossEntropyOptions {
  static constexpr std::string_view kind = "dice_ce";
  DiceOptions dice;
  CrossEntropyOptions ce;
  double dice_weight = 1, ce_weight = 1;
};
void describe(Fields& fields, DiceCrossEntropyOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceCrossEntropyOptions& options);

}  // namespace tazuna
