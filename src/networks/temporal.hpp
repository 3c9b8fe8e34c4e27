// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/fields.hpp"
#include "core/tensor.hpp"

namespace tazuna {

class TemporalImpl;  // networks/temporal_module.hpp: [N, T, C, D, H, W], times [N, T] -> [N, C, D, H, W]

/// How the frames of a series become one.
struct TemporalOptions {
  std::string pooling = "mean";  ///< mean | attention | convolution
  int64_t frame_chunk = 4;       ///< frames whose activations are held at once; at least 1
};
void describe(Fields& fields, TemporalOptions& options);

/// A temporal module for a stage of `width` channels.
/// * mean: over time.
/// * attention: a weighted mean. Each of gcd(width, 4) groups of channels scores a frame by a learnt query on
/// the
///   group's spatial means, standardised over time, plus another on sine and cosine of the frame's time for
///   periods of 5, 10, … 160 s; the softmax of the scores over time is the weights. Initial queries are 0:
///   the mean. `feature_query` [width], `time_query` [groups, 12].
/// * convolution: the mean of each frame plus a gated convolution (gated linear unit, Dauphin et al. 2017)
/// along time,
///   kernel 3, each channel by itself, first and last frame repeated. `weight` [2 width, 1, 3, 1], `bias` [2
///   width], value and gate of a channel side by side.
std::shared_ptr<TemporalImpl> make_temporal(const TemporalOptions& options, int64_t width);

}  // namespace tazuna
