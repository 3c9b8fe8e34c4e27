// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "experiment/resolve.hpp"
#include "infer/model_file.hpp"

namespace tazuna {

/// Weights of a network, and what one training step asks of it.
struct ArmCost {
  int64_t parameters = 0;
  /// 2 x multiply-adds / 1e9 of the convolutions in one forward pass over a step's views, on the mean of all
  /// steps; norms, activations and subject heads are not counted. Whole views are taken at the cohort's
  /// median size.
  double gflop_per_step = 0;
};

/// Of a trained network of `experiment`.
ArmCost cost_of(const LoadedModel& model, const Experiment& experiment);

/// Multiply-adds of the convolutions among `weights` (by name, [out, in, z, y, x] each) for one image of
/// `size` voxels that passes stages of such strides; `decoders`: counts the part after the encoder, too. An
/// encoder's stage works at its own resolution, `transpconvs.<i>` at that of what it reads; decoder parts
/// count from the coarsest.
double multiply_adds(const NamedTensors& weights, const std::array<int64_t, 3>& size,
                     const std::vector<Triple>& strides, bool decoders);

}  // namespace tazuna
