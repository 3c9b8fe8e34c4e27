// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/dice.hpp"
#include "losses/focal.hpp"

namespace tazuna {

/// Weighted sum of soft Dice and the focal loss.
struct DiceFocalOptions {
  static constexpr std::string_view kind = "dice_focal";
  DiceOptions dice;
  FocalOptions focal;
  double dice_weight = 1, focal_weight = 1;
};
void describe(Fields& fields, DiceFocalOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceFocalOptions& options);

}  // namespace tazuna
