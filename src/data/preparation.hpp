// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/fields.hpp"
#include "core/problems.hpp"
#include "data/sample.hpp"

namespace tazuna {

/// How one channel's intensities become network input.
struct Normalisation {
  std::string scheme = "zscore";  ///< zscore | zscore_inside (of the nonzero mask) | none
};
void describe(Fields& fields, Normalisation& normalisation);

/// Everything that turns a case's files into a working grid. Planned once per cohort, stored in model.json.
struct Preparation {
  std::vector<std::string> sequences;        ///< channel order
  std::vector<double> spacing{1, 1, 1};      ///< working spacing in mm, working axis order
  std::vector<int64_t> arrange{0, 1, 2};     ///< which canonical (z, y, x) axis is working axis 0, 1, 2
  std::vector<Normalisation> normalisation;  ///< one a channel
  bool n4 = false;                           ///< divide out each channel's bias field first
  bool missing = false;                      ///< channels may be absent: zeros, and `present` false
  bool zero_nonfinite = false;               ///< NaN and infinite voxels count as 0
  bool keep_volumes = true;                  ///< of labels, where maps are resampled
  std::string slice_axis = {};               ///< z | y | x: one slice of each volume; empty: all of it
  std::string slice_column = {};             ///< that names it; empty: the middle one
  double frame_seconds = 0;                  ///< > 0: a series with this repetition time
  bool resample_frames = false;              ///< bring other repetition times to it
  int64_t skip_frames = 0;                   ///< left out at the beginning
};
void describe(Fields& fields, Preparation& preparation);

/// Reads a case and brings it to the working grid (nnU-Net's order: float32, orient, crop to the hole-filled
/// nonzero mask, with `n4` divide out the bias field of each channel, normalise with population sd floored at
/// 1e-8, resample: images cubic, labels linear per class and, unless told otherwise, of the volume
/// they had; nearest along an axis > 3x coarser). Images that do
/// not share a grid, NaN or infinite voxels (unless `zero_nonfinite`, which makes them 0 before all else),
/// missing files, label maps on another grid or with fractions are refused; the sentence begins with the
/// case's id. `with_maps` lists the map selectors to read; one that the subject lacks is left out of the
/// sample. A missing sequence is refused unless `preparation.missing`; then its channel is zero and not
/// present, but at least one must be there. A slice becomes a grid of depth one whose Placement leads back
/// into the volume; a series goes to prepare_series().
Sample prepare(std::shared_ptr<const Subject> subject, const Preparation& preparation,
               const std::vector<std::string>& with_maps);

/// The smallest box around nonzero voxels of any channel; the whole grid if all is zero. (Filling holes, as
/// nnU-Net does first, does not move it.)
Box nonzero_box(const Tensor& image /* [C, D, H, W] */);

/// int16 [1, D, H, W]: 1 where any channel is nonzero or zeros are closed in by such voxels (faces touching,
/// as SciPy's binary_fill_holes).
Tensor filled_nonzero_mask(const Tensor& image /* [C, D, H, W] */);

/// Which axis is resampled apart, by nearest neighbour: the one coarsest axis if spacings (mm) differ by more
/// than 3x before the change or, failing that, after it; -1 for none.
int axis_resampled_apart(const std::array<double, 3>& from, const std::array<double, 3>& to);

}  // namespace tazuna
