// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <variant>

#include "core/tensor.hpp"
#include "losses/cross_entropy.hpp"
#include "losses/dice.hpp"
#include "losses/dice_ce.hpp"
#include "losses/dice_focal.hpp"
#include "losses/focal.hpp"
#include "losses/tversky.hpp"

namespace tazuna {

/// Prices voxel predictions: logits [N, K, D, H, W], labels [N, 1, D, H, W] (int16 or int64; no_answer where
/// nobody knows) -> [N] fp32, >= 0, one price a row, never reduced over the batch. A row without any answer
/// costs 0.
using VoxelLoss = std::function<Tensor(const Tensor& logits, const Tensor& labels)>;

/// The closed set of voxel losses. To add one: options, describe and make_loss in a file of its own, named
/// here.
using VoxelLossOptions = std::variant<DiceCrossEntropyOptions, DiceOptions, CrossEntropyOptions,
                                      DiceFocalOptions, FocalOptions, TverskyOptions>;

inline VoxelLoss make_loss(const VoxelLossOptions& options) {
  return std::visit([](const auto& one) -> VoxelLoss { return make_loss(one); }, options);
}

}  // namespace tazuna
