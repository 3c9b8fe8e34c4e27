// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"
#include "data/transforms/affine.hpp"

namespace tazuna {

/// Head motion: the lines of k-space along one axis are acquired one after the other, from the most negative
/// frequency to the most positive, and the head jumps to another place between two of them (the model of Shaw
/// et al. 2019 and TorchIO's RandomMotion). The centre of k-space belongs to the unmoved head, so that labels
/// stay where they are. Magnitudes above the channel's smallest value are shown; mean and standard deviation
/// are put back. The patch is the field of view, and what is moved in from outside is air.
struct MotionOptions {
  static constexpr std::string_view kind = "motion";
  double probability = 0.1;             ///< of each channel on its own
  int64_t moves = 2;                    ///< during an acquisition
  double degrees = 5, millimetres = 5;  ///< greatest turn about, and shift along, each axis
};
void describe(Fields& fields, MotionOptions& options);
struct MotionDraw {
  /// Where the head is between two moments of an acquisition that lasts from 0 to 1; the centre of k-space is
  /// acquired at 0.5.
  struct Place {
    double begin = 0, end = 0;
    AffineDraw turn;
    std::array<double, 3> shift{};  ///< voxels along z, y, x
  };
  struct Channel {
    int64_t channel = 0;
    int axis = 0;               ///< along which the lines are counted
    std::vector<Place> places;  ///< other than the one that holds the centre
  };
  std::vector<Channel> channels;
};
/// A flat patch moves in its plane only.
MotionDraw draw(const MotionOptions& options, Random& random, const Sample& sample);
void apply(const MotionOptions& options, const MotionDraw& drawn, Sample& sample);

}  // namespace tazuna
