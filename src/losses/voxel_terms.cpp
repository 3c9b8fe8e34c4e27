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
  if (!labels.is_cpu()) return;  // reading a value would make a GPU wait
  const auto [least, most] = labels.aminmax();
  if (least.item<int64_t>() < 0 || most.item<int64_t>() >= classes)
    throw Error(cat("labels: expected values of 0 to ", classes - 1, ", but got ", least.item<int64_t>(),
                    " to ", most.item<int64_t>()));
}

}  // namespace

VoxelTerms voxel_terms(const Tensor& logits, const Tensor& labels) {
  expect_labels(logits, labels);
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const Tensor classes = at::arange(logits.size(1), labels.options()).view({1, -1, 1});
  return {.log_shares = logits.flatten(2).to(type).log_softmax(1),
          .truth = labels.flatten(2).eq(classes).to(type)};
}

}  // namespace tazuna
