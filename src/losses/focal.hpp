// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

/// Focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection") of the softmax: the mean over the
/// voxels of a row of -(1 - p)^gamma log p, p the share of the true class. Voxels that are right already
/// count less; gamma 0 is cross-entropy.
struct FocalOptions {
  static constexpr std::string_view kind = "focal";
  double gamma = 2;
};
void describe(Fields& fields, FocalOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const FocalOptions& options);

/// The loss from its terms: [N].
Tensor focal_rows(const VoxelTerms& terms, const FocalOptions& options);

}  // namespace tazuna
