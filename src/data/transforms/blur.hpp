// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Gaussian smoothing of the image (batchgeneratorsv2's GaussianBlurTransform as nnU-Net configures it).
struct BlurOptions {
  static constexpr std::string_view kind = "blur";
  double probability = 0.2;
  double channel_probability = 0.5;  ///< of each channel, when it happens
  double least = 0.5, most = 1;      ///< standard deviation in voxels, uniform, for each axis on its own
};
void describe(Fields& fields, BlurOptions& options);
struct BlurDraw {
  struct Channel {
    int64_t channel = 0;
    std::array<double, 3> sd{};  ///< voxels along z, y, x
  };
  std::vector<Channel> channels;
};
BlurDraw draw(const BlurOptions& options, Random& random, const Sample& sample);
/// Kernels are cut at 3 standard deviations (the nearest odd length to 6 sd + 1/2) and sum to one; edges are
/// reflected.
void apply(const BlurOptions& options, const BlurDraw& drawn, Sample& sample);
/// The same in tensor operations, wherever the sample is.
void apply_on_device(const BlurOptions& options, const BlurDraw& drawn, Sample& sample);

}  // namespace tazuna
