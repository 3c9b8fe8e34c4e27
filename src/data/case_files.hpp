// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/fields.hpp"
#include "data/subject.hpp"
#include "image/volume.hpp"

namespace tazuna {

/// Spacings (mm) and repetition times (s) that an image may have; others are slips of their unit.
inline constexpr Range possible_spacing{1e-3, 1000}, possible_seconds{0, 1000};

/// Reads one sequence of a case: float32 [1, D, H, W], contiguous. Refuses a sequence that the case lacks, an
/// unreadable file, more than one frame, what expect_usable() refuses; the sentence names file and voxel.
ImageFile read_sequence(const Subject& subject, const std::string& sequence, bool zero_nonfinite = false);

/// The same for the sequences of a case one after the other: a file that holds several is read once.
class SequenceReader {
 public:
  ImageFile read(const Subject& subject, const std::string& sequence, bool zero_nonfinite = false);

 private:
  std::filesystem::path file_;  ///< what `whole_` is of
  ImageFile whole_;             ///< the last file of several channels
};

/// Refuses voxels of impossible size and, in contiguous float32 [C, D, H, W], values that are not finite;
/// these become 0 instead with `zero_nonfinite`.
void expect_usable(ImageFile& image, bool zero_nonfinite);

/// Reads a label map of a case: int32 [1, D, H, W], contiguous, labels from 0 to 32767. Refuses what
/// read_labels refuses and labels outside that range.
ImageFile read_map(const Subject& subject, const std::string& selector);

/// Refuses two grids that differ: "T1w is 256x256x176 but label is 256x256x170; they must share a grid ...".
/// Returns how far apart in mm their corners lie where that is more than rounding explains (grid_rounding),
/// else 0.
double expect_one_grid(const std::string& one, const Geometry& grid_of_one, const std::string& other,
                       const Geometry& grid_of_other);

/// "voxel (12, 0, 7) in (x, y, z)" for a position in contiguous [C, D, H, W] voxels; beyond the first
/// channel also " of frame 3".
std::string voxel_text(int64_t position, const Geometry& grid);

}  // namespace tazuna
