// SPDX-License-Identifier: Apache-2.0
#include "losses/focal.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields& fields, FocalOptions& options) {
  fields.number("gamma", options.gamma, {0, 10},
                "how much less a voxel counts that is nearly right; 0: cross-entropy");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const FocalOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    return focal_rows(voxel_terms(logits, labels), options);
  };
}

Tensor focal_rows(const VoxelTerms& terms, const FocalOptions& options) {
  const Tensor log_share = (terms.log_shares * terms.truth).sum(1);
  // Not 0: the slope of a power below 1 is infinite there.
  const Tensor missing = (-log_share.expm1()).clamp_min(1e-30);
  return -mean_over_answered((missing.pow(options.gamma) * log_share).sum(1), terms);
}

}  // namespace tazuna
