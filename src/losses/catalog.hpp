// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <variant>

#include "core/tensor.hpp"
#include "losses/cross_entropy.hpp"
#include "losses/dice.hpp"
#include "losses/dice_ce.hpp"

namespace tazuna {

/// Prices voxel predictions: logits [N, K, D, H, W], labels [N, 1, D, H, W] (int16 or int64) -> [N] fp32, >=
/// 0, one price a row, never reduced over the batch.
using VoxelLoss = std::function<Tensor(const Tensor& logits, const Tensor& labels)>;

/// The closed set of voxel losses. To add one: options, describe and make_loss in a file of its own, named
/// here.
using VoxelLossOptions = std::variant<DiceCrossEntropyOptions, DiceOptions, CrossEntropyOptions>;

inline VoxelLoss make_loss(const VoxelLossOptions& options) {
  return std::visit([](const auto& one) -> VoxelLoss { return make_loss(one); }, options);
}

}  // namespace tazuna
