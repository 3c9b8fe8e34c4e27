// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "data/moments.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Voxels along z, y, x.
std::array<int64_t, 3> grid_size(const Sample& sample);

/// The values of one channel of a contiguous image, x fastest.
std::span<float> channel_of(Sample& sample, int64_t channel);

/// Channels that something happens to, each with `probability` on its own: every sequence is an acquisition
/// of its own.
std::vector<int64_t> draw_channels(double probability, Random& random, const Sample& sample);

/// The axis along which the lines of k-space are acquired: any, but never across a flat patch.
int draw_line_axis(Random& random, const Sample& sample);

/// Shifts and scales the values to the mean and standard deviation of `before`, as normalisation after the
/// change would have done. Values that have become all equal get its mean.
void restore_moments(std::span<float> values, const Moments& before);
/// The same where the moments after the change are known; `sign` -1 hands out the negative of the result.
void restore_moments(std::span<float> values, const Moments& before, const Moments& after, float sign = 1);

/// Mean and standard deviation (n - 1 below) of values on any device: float64 tensors without axes that stay
/// there, so that nobody waits for them.
struct DeviceMoments {
  Tensor mean, sample_sd;
};
DeviceMoments device_moments_of(const Tensor& values);
/// restore_moments() in tensor operations.
void restore_moments(Tensor values, const DeviceMoments& before);

}  // namespace tazuna
