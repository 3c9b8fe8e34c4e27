// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace tazuna {

/// Counts of single lesions: the components of a mask with the 26-neighbourhood. A reference lesion is found
/// if at least one of its voxels is predicted; a predicted lesion is true if at least one of its voxels lies
/// in the reference, else false. One predicted lesion may find several, and several may find one.
struct LesionCounts {
  int64_t reference = 0, found = 0;           ///< lesions of the reference, and those of them found
  int64_t predicted = 0, true_predicted = 0;  ///< predicted lesions, and those of them true

  int64_t missed() const { return reference - found; }
  int64_t false_predicted() const { return predicted - true_predicted; }
  double precision() const;  ///< true_predicted / predicted; NaN if nothing is predicted
  double recall() const;     ///< found / reference; NaN if the reference is empty
  /// Harmonic mean of precision and recall: 0 if no lesion was found or one mask is empty, NaN if both are.
  double f1() const;
};

/// Lesions of label `label` in two label maps [D, H, W] of integers.
LesionCounts lesion_counts(const Tensor& predicted, const Tensor& reference, int64_t label);

}  // namespace tazuna
