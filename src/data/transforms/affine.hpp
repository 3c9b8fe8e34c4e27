// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Rotation and scaling about the patch centre (nnU-Net's SpatialTransform). Angles in degrees.
struct AffineOptions {
  static constexpr std::string_view kind = "affine";
  double rotate_probability = 0.2;
  double rotate_degrees = 30;        ///< uniform in +-; about the normal only, +-180, for a flat (2D-like) patch
  double scale_probability = 0.2;
  double scale_least = 0.7, scale_most = 1.4;
};
void describe(Fields& fields, AffineOptions& options);

/// A drawn affine: source offset = matrix * target offset, both in voxels from the patch centre, order z, y, x.
struct AffineDraw {
  std::array<double, 9> matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};
  bool identity = true;
};
/// `patch` decides whether the patch is flat (an axis of 1, or > 3x anisotropic: then in-plane rotation only).
AffineDraw draw(const AffineOptions& options, Random& random, const std::array<int64_t, 3>& patch);

/// Cuts `patch` voxels centred on `centre` (working voxels, may lie outside) out of a prepared sample through the
/// affine in one resampling on the target grid: image linear (zero outside), labels by the most frequent label of
/// the linear weights (0 outside). With an identity draw voxels are copied exactly.
Sample cut_patch(const Sample& sample, const std::array<int64_t, 3>& patch, const std::array<double, 3>& centre,
                 const AffineDraw& affine);

}  // namespace tazuna
