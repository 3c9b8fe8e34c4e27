// SPDX-License-Identifier: Apache-2.0
#include "losses/tversky.hpp"

#include <ATen/ATen.h>

namespace tazuna {

namespace {

Tensor tversky_rows(const VoxelTerms& terms, const TverskyOptions& options) {
  const ClassSums sums = class_sums(terms, options.background);
  const Tensor elsewhere = sums.predicted - sums.overlap, missed = sums.truth - sums.overlap;
  const Tensor sizes = sums.overlap + options.alpha * elsewhere + options.beta * missed + options.smooth;
  // Rounding must not take a perfect answer below zero: weightings take the logarithm.
  return (1 - ((sums.overlap + options.smooth) / sizes.clamp_min(1e-8)).mean(1)).clamp_min(0);
}

}  // namespace

void describe(Fields& fields, TverskyOptions& options) {
  fields.number("alpha", options.alpha, {0, 1}, "price of a voxel drawn too much");
  fields.number("beta", options.beta, {0, 1}, "price of a voxel missed");
  fields.number("smooth", options.smooth, {0, 1}, "added above and below the ratio");
  fields.flag("background", options.background, "count class 0 as well");
}

std::function<Tensor(const Tensor&, const Tensor&)> make_loss(const TverskyOptions& options) {
  return [options](const Tensor& logits, const Tensor& labels) {
    return tversky_rows(voxel_terms(logits, labels), options);
  };
}

}  // namespace tazuna
