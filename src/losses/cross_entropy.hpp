// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

/// Softmax cross-entropy, mean over the voxels of a row that have an answer.
struct CrossEntropyOptions {
  static constexpr std::string_view kind = "ce";
};
void describe(Fields& fields, CrossEntropyOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const CrossEntropyOptions& options);

/// The loss from its terms: [N].
Tensor cross_entropy_rows(const VoxelTerms& terms);

}  // namespace tazuna
