// SPDX-License-Identifier: Apache-2.0
#include "losses/cross_entropy.hpp"

#include <ATen/ATen.h>

namespace tazuna {

void describe(Fields&, CrossEntropyOptions&) {}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const CrossEntropyOptions&) {
  return [](const Tensor& logits, const Tensor& labels) {
    return cross_entropy_rows(voxel_terms(logits, labels));
  };
}

Tensor cross_entropy_rows(const VoxelTerms& terms) {
  return -mean_over_answered((terms.log_shares * terms.truth).sum({1, 2}), terms);
}

}  // namespace tazuna
