// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/problems.hpp"
#include "core/random.hpp"
#include "data/sample.hpp"
#include "data/transforms/affine.hpp"
#include "data/transforms/catalog.hpp"

namespace tazuna {

/// How patches are drawn and changed on the way to the network.
struct AugmentOptions {
  bool enabled = true;
  std::string device = "cpu";  ///< cpu | gpu: where samples are cut and changed
  AffineOptions affine;
  std::vector<TransformEntry> transforms;  ///< in order; empty: nnU-Net's recipe of the known ones
};
void describe(Fields& fields, AugmentOptions& options);
/// Ranges whose ends are the wrong way round, an axis mirrored twice.
void validate(const AugmentOptions& options, Problems& problems);
/// nnU-Net's: noise, blur, brightness, contrast, low resolution, inverted gamma and gamma, mirror, with its
/// probabilities and ranges.
std::vector<TransformEntry> default_transforms();
/// The working axes that these augmentations flip, sorted: a network may be asked about mirror images along
/// them and no others. `arrange`: the image's axis (0 = z) behind each working axis.
std::vector<int64_t> mirrored_axes(const AugmentOptions& options, const std::vector<int64_t>& arrange);
/// The options for samples in working axes: their list of augmentations written out and every mirror's axes,
/// which are the image's, turned into those of the `allowed` working axes that lie along them. Where left and
/// right differ, the axis between them is not among the allowed.
AugmentOptions with_mirrors_along(const std::vector<int64_t>& allowed, const std::vector<int64_t>& arrange,
                                  AugmentOptions options);

/// Which part of the cohort an epoch draws, in which order: the cases shuffled anew each epoch by (seed,
/// epoch). The k-th draw overall is a pure function of (seed, k): epoch = k / cases, position in the
/// permutation.
struct Draw {
  int64_t epoch = 0, index = 0;  ///< of the case in the training list
};
Draw draw_of(int64_t k, int64_t seed, int64_t cases);

using VoxelList = std::vector<std::array<int32_t, 3>>;

/// Stored voxels of a prepared sample that patches are centred on.
struct ForegroundIndex {
  std::map<int64_t, VoxelList> voxels;  ///< by label, for forced patches
  /// Where a label is ignored: of any other, background included, for patches that are not forced.
  VoxelList annotated = {};
};
/// Of each label `most` voxels, or a hundredth of its voxels where that is more (as nnU-Net), drawn evenly.
/// `ignored`: the label that means nobody knows; 0: there is none, and `annotated` stays empty.
ForegroundIndex index_foreground(const Sample& sample, const std::string& map, int64_t most = 10000,
                                 int64_t ignored = 0);

/// The centre of a patch: forced: a stored voxel of a uniformly chosen present label; otherwise an annotated
/// voxel where some are listed, else uniform over the positions where the patch lies inside (or is padded
/// evenly where the case is smaller), as nnU-Net.
std::array<double, 3> draw_centre(const Sample& sample, const ForegroundIndex& foreground,
                                  const std::array<int64_t, 3>& patch, bool forced, Random& random);

/// Draws and applies affine cut and transforms around `centre` (voxel indices). The intensities of sequences
/// that are absent, and those outside the nonzero mask, stay zero. With a `device` the patch is cut and
/// changed there in tensor operations, by the same draws; without, by loops over the CPU's memory.
Sample patch_at(const Sample& sample, const std::array<double, 3>& centre,
                const std::array<int64_t, 3>& patch, const AugmentOptions& options, Random& random,
                std::optional<at::Device> device = std::nullopt);

/// The same through an affine that is drawn already.
Sample patch_at(const Sample& sample, const std::array<double, 3>& centre,
                const std::array<int64_t, 3>& patch, const AffineDraw& affine, const AugmentOptions& options,
                Random& random, std::optional<at::Device> device = std::nullopt);

/// The same around a drawn centre. Random numbers depend on `random` alone.
Sample draw_patch(const Sample& sample, const ForegroundIndex& foreground,
                  const std::array<int64_t, 3>& patch, bool forced, const AugmentOptions& options,
                  Random& random, std::optional<at::Device> device = std::nullopt);

}  // namespace tazuna
