// SPDX-License-Identifier: Apache-2.0
#include "losses/cross_entropy.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, CrossEntropyOptions& options) {
  fields.number("balance", options.balance, {0, 1},
                "how much more the voxels of a small structure count; 0: all voxels alike, as in nnU-Net, 1: "
                "all classes in a patch alike; 0.5 makes small structures appear sooner");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const CrossEntropyOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    return cross_entropy_rows(voxel_terms(logits, labels), options);
  };
}

Tensor cross_entropy_rows(const VoxelTerms& terms, const CrossEntropyOptions& options) {
  const Tensor prices = terms.log_shares * terms.truth;
  if (options.balance == 0) return -mean_over_answered(prices.sum({1, 2}), terms);
  const Tensor voxels = terms.truth.sum(2);  // [N, K]
  // Of a class that is not there nothing is summed.
  const Tensor weights = (voxels.sum(1, true) / voxels.clamp_min(1)).pow(options.balance);
  return -(prices.sum(2) * weights).sum(1) / (voxels * weights).sum(1).clamp_min(1);
}

}  // namespace tazuna
