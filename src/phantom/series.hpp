// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/tensor.hpp"
#include "image/geometry.hpp"
#include "phantom/people.hpp"

namespace tazuna {

inline constexpr double series_seconds = 2;    ///< repetition time
inline constexpr int64_t series_parcels = 24;  ///< regions of the atlas

/// How a person's marked region answers the events that all of the brain answers.
struct Response {
  double severity = 0;       ///< latent; smaller and later responses where it is great
  double delay_s = 3;        ///< behind the rest of the brain
  double amplitude = 3;      ///< root mean square, in noise sds at 7T
  bool right = false;        ///< the hemisphere of the region; tells nothing
  double probability = 0.5;  ///< of the second group, given the severity
};
Response draw_response(const PhantomOptions& options, const Person& person);

/// The grid that all people of a cohort share, in a common space.
Geometry series_grid(const PhantomOptions& options);
/// uint8 [D, H, W]: parcels 1..series_parcels of the brain, the same in every cohort; 0 outside.
Tensor series_atlas(const Geometry& geometry);

/// One person's resting state.
struct SeriesPhantom {
  Tensor frames;  ///< float32 [T, D, H, W] of whole numbers; 0 outside the brain
  Tensor region;  ///< uint8 [D, H, W]: 1 where the marked region fills at least half of a voxel
};
/// A pure function of its arguments. Events at random times move every parcel a little, and the marked region
/// strongly, by a haemodynamic response without a mean over the frames: the region, its delay and its
/// amplitude leave no trace in the temporal mean. Parcels fluctuate on their own besides.
SeriesPhantom make_series(const PhantomOptions& options, const Person& person, const Response& response);

}  // namespace tazuna
