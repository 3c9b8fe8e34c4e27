// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>

#include "core/fields.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// Rotation and scaling about the patch centre (nnU-Net's SpatialTransform). Angles in degrees.
struct AffineOptions {
  static constexpr std::string_view kind = "affine";
  double rotate_probability = 0.2;
  Auto<double> rotate_degrees;  ///< about each axis, uniform in +-; a flat patch turns in its plane only
  double scale_probability = 0.2;
  double scale_least = 0.7, scale_most = 1.4;
  std::string interpolation = "linear";  ///< linear | cubic: of images; labels keep linear weights
};
void describe(Fields& fields, AffineOptions& options);

/// The axis across a flat patch (voxels along z, y, x): the shortest one, where it is 1 or more than 3x
/// shorter than the longest; none for a patch with depth. nnU-Net looks at its first axis alone, the one of
/// the coarsest spacing, which a planned patch is shortest along; they differ for patches given otherwise.
std::optional<int> flat_axis(const std::array<int64_t, 3>& patch);

/// nnU-Net's greatest turn: 30 degrees, of a flat patch in its plane 180, or 15 for a single slice whose
/// edges differ by more than 1.5x.
double automatic_degrees(const std::array<int64_t, 3>& patch);

/// Row-major 3x3: right-handed turns about z, then y, then x, in the frame of the tensor axes.
std::array<double, 9> rotation_matrix(const std::array<double, 3>& degrees);

/// A drawn affine: source offset = matrix * target offset, both in voxels from the patch centre, order z, y,
/// x.
struct AffineDraw {
  std::array<double, 9> matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};
  bool identity = true;
  bool cubic = false;  ///< images by cubic convolution (cubic_row.hpp) instead of linearly
};
/// One scale for all axes; > 1 shows more of the case. A flat patch turns and scales in its plane only. No
/// patch turns by more than `most_degrees`.
AffineDraw draw(const AffineOptions& options, Random& random, const std::array<int64_t, 3>& patch,
                double most_degrees = 180);

/// Cuts `patch` voxels centred on `centre` (a place in voxel indices, halves where the patch is even; may lie
/// outside) out of a prepared sample through the affine in one resampling on the target grid: image linear
/// or cubic (zero outside), labels by the greatest sum of linear weights (0 outside; ties to the nearest
/// voxel's label). With an identity draw the nearest box of voxels is copied exactly. The patch keeps the
/// case's spacing and orientation.
Sample cut_patch(const Sample& sample, const std::array<int64_t, 3>& patch,
                 const std::array<double, 3>& centre, const AffineDraw& affine);

}  // namespace tazuna
