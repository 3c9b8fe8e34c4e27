// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// The image as a coarser acquisition would show it (batchgeneratorsv2's SimulateLowResolutionTransform as
/// nnU-Net configures it): every n-th voxel is taken, and the rest interpolated between them.
struct LowResolutionOptions {
  static constexpr std::string_view kind = "low_resolution";
  double probability = 0.25;
  double channel_probability = 0.5;  ///< of each channel, when it happens
  double least = 0.5, most = 1;      ///< share of the voxels along an axis that is left, uniform
};
void describe(Fields& fields, LowResolutionOptions& options);
struct LowResolutionDraw {
  struct Channel {
    int64_t channel = 0;
    double scale = 1;
  };
  std::vector<Channel> channels;
};
LowResolutionDraw draw(const LowResolutionOptions& options, Random& random, const Sample& sample);
/// Nearest voxels down, linear up; a flat patch keeps the axis across it.
void apply(const LowResolutionOptions& options, const LowResolutionDraw& drawn, Sample& sample);
/// The same in tensor operations, wherever the sample is.
void apply_on_device(const LowResolutionOptions& options, const LowResolutionDraw& drawn, Sample& sample);

}  // namespace tazuna
