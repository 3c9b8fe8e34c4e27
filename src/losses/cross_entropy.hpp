// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

/// Softmax cross-entropy, mean over the voxels of a row that have an answer; with `balance` b a mean weighted
/// by (V / V_class)^b, V_class being the row's voxels of the voxel's true class. A structure of a hundred
/// voxels in a patch of fifty thousand has 0.2 % of the mean otherwise, and is learnt late.
struct CrossEntropyOptions {
  static constexpr std::string_view kind = "ce";
  double balance = 0;
};
void describe(Fields& fields, CrossEntropyOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const CrossEntropyOptions& options);

/// The loss from its terms: [N].
Tensor cross_entropy_rows(const VoxelTerms& terms, const CrossEntropyOptions& options);

}  // namespace tazuna
