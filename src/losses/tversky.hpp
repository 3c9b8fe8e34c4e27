// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/fields.hpp"
#include "core/tensor.hpp"
#include "losses/voxel_terms.hpp"

namespace tazuna {

/// Tversky loss per row (Salehi et al. 2017, "Tversky loss function for image segmentation using 3D fully
/// convolutional deep networks"): 1 - mean over classes of (I + s) / (I + alpha F + beta M + s) of the
/// softmax, I the shares summed over the class's true voxels, F the shares elsewhere, M what the shares lack
/// at the true voxels. beta above alpha finds small structures at the price of false alarms; both 0.5 is soft
/// Dice.
struct TverskyOptions {
  static constexpr std::string_view kind = "tversky";
  double alpha = 0.3, beta = 0.7;
  double smooth = 1e-5;
  bool background = false;
};
void describe(Fields& fields, TverskyOptions& options);
std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const TverskyOptions& options);

}  // namespace tazuna
