// SPDX-License-Identifier: Apache-2.0
#include "metrics/overlap.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {

double share(int64_t part, int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

double Overlap::dice() const {
  return share(2 * both, predicted + reference);
}
double Overlap::iou() const {
  return share(both, predicted + reference - both);
}

void expect_label_maps(const Tensor& predicted, const Tensor& reference) {
  expect_axes(predicted, "predicted labels", 3, "D, H, W");
  expect_axes(reference, "reference labels", 3, "D, H, W");
  if (predicted.sizes() == reference.sizes()) return;
  throw Error(cat("predicted labels are ", shape_text(predicted.sizes()), " voxels but the reference is ",
                  shape_text(reference.sizes()), "; they must share a grid"));
}

Overlap overlap(const Tensor& predicted, const Tensor& reference, int64_t label) {
  expect_label_maps(predicted, reference);
  const Tensor in_predicted = predicted.eq(label), in_reference = reference.eq(label);
  return {at::count_nonzero(in_predicted.logical_and(in_reference)).item<int64_t>(),
          at::count_nonzero(in_predicted).item<int64_t>(), at::count_nonzero(in_reference).item<int64_t>()};
}

}  // namespace tazuna
