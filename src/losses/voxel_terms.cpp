// SPDX-License-Identifier: Apache-2.0
#include "losses/voxel_terms.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

namespace {

void expect_labels(const Tensor& logits, const Tensor& labels) {
  expect_axes(logits, "logits", 5, "N, K, D, H, W");
  expect_axes(labels, "labels", 5, "N, 1, D, H, W");
  const bool matches = labels.size(1) == 1 && labels.size(0) == logits.size(0) &&
                       labels.sizes().slice(2) == logits.sizes().slice(2);
  if (!matches)
    throw Error(cat("labels: expected ", logits.size(0), "x1x", shape_text(logits.sizes().slice(2)),
                    " beside logits of ", shape_text(logits.sizes()), ", but got ",
                    shape_text(labels.sizes())));
  const int64_t classes = logits.size(1);
  if (classes < 2)
    throw Error(cat("logits: expected at least 2 classes (background first), but got ", classes));
}

/// Whether a label may be no_answer. On the CPU labels that are neither that nor a class are refused; on a
/// GPU reading a value would make it wait.
bool may_lack_answers(const Tensor& labels, int64_t classes) {
  if (!labels.is_cpu()) return true;
  const auto [least, most] = labels.aminmax();
  const auto low = least.item<int64_t>(), high = most.item<int64_t>();
  if (low < no_answer || high >= classes)
    throw Error(cat("labels: expected values of 0 to ", classes - 1, ", or ", no_answer,
                    " for no answer, but got ", low, " to ", high));
  return low == no_answer;
}

}  // namespace

VoxelTerms voxel_terms(const Tensor& logits, const Tensor& labels) {
  expect_labels(logits, labels);
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const Tensor classes = at::arange(logits.size(1), labels.options()).view({1, -1, 1});
  VoxelTerms terms{.log_shares = logits.flatten(2).to(type).log_softmax(1),
                   .truth = labels.flatten(2).eq(classes).to(type),
                   .answered = {}};
  if (may_lack_answers(labels, logits.size(1))) terms.answered = labels.flatten(2).ge(0).to(type);
  return terms;
}

ClassSums class_sums(const VoxelTerms& terms, bool background) {
  const int64_t first = background ? 0 : 1;
  const Tensor shares = terms.log_shares.exp().slice(1, first);
  const Tensor truth = terms.truth.slice(1, first);
  const Tensor counted = terms.answered.defined() ? shares * terms.answered : shares;
  return {(shares * truth).sum(2), truth.sum(2), counted.sum(2)};
}

Tensor mean_over_answered(const Tensor& sums, const VoxelTerms& terms) {
  if (!terms.answered.defined()) return sums / static_cast<double>(terms.truth.size(2));
  return sums / terms.answered.sum({1, 2}).clamp_min(1);
}

}  // namespace tazuna
