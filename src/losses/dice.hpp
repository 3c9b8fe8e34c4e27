// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

/// Soft Dice per row, 1 - mean over classes of (2I + s) / max(G + P + s, 1e-8) of the softmax (nnU-Net's
/// MemoryEfficientSoftDiceLoss with batch_dice=False, which is this minus 1).
struct DiceOptions {
  static constexpr std::string_view kind = "dice";
  double smooth = 1e-5;
  bool background = false;
};
void describe(Fields& fields, DiceOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceOptions& options);

}  // namespace tazuna
