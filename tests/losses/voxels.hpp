// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "core/tensor.hpp"

namespace tazuna {

/// Logits [N, K, 3, 4, 5] in double and labels [N, 1, 3, 4, 5] int16, drawn the same each time.
struct Voxels {
  Tensor logits, labels;
};
inline Voxels drawn_voxels(int64_t rows, int64_t classes) {
  at::manual_seed(static_cast<uint64_t>(100 * rows + classes));
  const Tensor logits = at::randn({rows, classes, 3, 4, 5}, at::kDouble);
  return {logits, at::randint(0, classes, {rows, 1, 3, 4, 5}, at::kShort)};
}

}  // namespace tazuna
