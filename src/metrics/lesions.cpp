// SPDX-License-Identifier: Apache-2.0
#include "metrics/lesions.hpp"

#include <ATen/ATen.h>

#include <limits>

#include "image/components.hpp"
#include "metrics/overlap.hpp"

namespace tazuna {

namespace {

int64_t count_of(const Components& components) {
  return static_cast<int64_t>(components.voxels.size());
}

/// How many of the components hold a voxel of `mask`.
int64_t touched(const Components& components, const Tensor& mask) {
  const Tensor met = at::bincount(components.labels.masked_select(mask), {}, count_of(components) + 1);
  return at::count_nonzero(met.slice(0, 1)).item<int64_t>();
}

}  // namespace

double LesionCounts::precision() const {
  return share(true_predicted, predicted);
}
double LesionCounts::recall() const {
  return share(found, reference);
}
double LesionCounts::f1() const {
  if (reference + predicted == 0) return std::numeric_limits<double>::quiet_NaN();
  if (found == 0) return 0;
  return 2 * precision() * recall() / (precision() + recall());
}

LesionCounts lesion_counts(const Tensor& predicted, const Tensor& reference, int64_t label) {
  expect_label_maps(predicted, reference);
  const Tensor ours = predicted.eq(label), truth = reference.eq(label);
  const Components drawn = connected_components(ours, Neighbours::all);
  const Components real = connected_components(truth, Neighbours::all);
  return {.reference = count_of(real),
          .found = touched(real, ours),
          .predicted = count_of(drawn),
          .true_predicted = touched(drawn, truth)};
}

}  // namespace tazuna
