// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

/// Soft Dice per row, 1 - mean over classes of (2I + s) / max(G + P + s, 1e-8) of the softmax: I the shares
/// summed over the class's true voxels, G their number, P the shares summed over all voxels, those without an
/// answer left out (nnU-Net's MemoryEfficientSoftDiceLoss with batch_dice=False, which is this minus 1).
struct DiceOptions {
  static constexpr std::string_view kind = "dice";
  double smooth = 1e-5;
  bool background = false;
};
void describe(Fields& fields, DiceOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const DiceOptions& options);

/// The loss from its terms: [N].
Tensor dice_rows(const VoxelTerms& terms, const DiceOptions& options);

}  // namespace tazuna
