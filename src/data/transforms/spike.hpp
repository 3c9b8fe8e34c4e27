// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Oblique stripes over the whole image, as a spark during the acquisition leaves them: one point of k-space
/// (and its mirror image) is too bright, which adds a plane wave (herringbone artefact; the model of
/// TorchIO's RandomSpike). Mean and standard deviation are put back. The patch is the field of view.
struct SpikeOptions {
  static constexpr std::string_view kind = "spike";
  double probability = 0.1;  ///< of each channel on its own
  /// Height of the wave in mean signals (the mean's distance from the channel's smallest value), uniform.
  double least = 0.05, most = 0.3;
};
void describe(Fields& fields, SpikeOptions& options);
struct SpikeDraw {
  struct Channel {
    int64_t channel = 0;
    std::array<int64_t, 3> point{};  ///< of k-space: cycles over the patch along z, y, x
    double height = 0, phase = 0;    ///< mean signals; radians
  };
  std::vector<Channel> channels;
};
SpikeDraw draw(const SpikeOptions& options, Random& random, const Sample& sample);
void apply(const SpikeOptions& options, const SpikeDraw& drawn, Sample& sample);

}  // namespace tazuna
