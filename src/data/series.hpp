// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/preparation.hpp"

namespace tazuna {

/// Repetition times that differ by more than this share are not the same.
inline constexpr double repetition_tolerance = 0.05;

/// Frames of a 4D image in time order.
struct FrameSeries {
  Tensor frames;              ///< [T, D, H, W] float32, contiguous
  Geometry geometry;          ///< of one frame
  NativeHeader header;        ///< of the file
  double seconds = 0;         ///< between two frames
  double header_seconds = 0;  ///< by the header, which counts where no JSON file tells; 0: it tells none
};

/// The repetition time of a 4D image in seconds: RepetitionTime of its JSON sidecar (data/sidecar.hpp) if it
/// tells one, whatever the header says, else the header's. Refuses none at all, and one beyond
/// possible_seconds.
double repetition_time(const std::filesystem::path& image);

/// Reads the 4D NIfTI image of a case. Refuses a case without it, another format, one frame, what
/// expect_usable() (data/case_files.hpp) and repetition_time() refuse; the sentence names the file.
FrameSeries read_series(const Subject& subject, const std::string& sequence, bool zero_nonfinite = false);

/// A case of one 4D sequence on the working grid: frames skipped, repetition times more than 5 % off refused
/// or resampled linearly in time, oriented, cropped to the voxels that are nonzero in any frame; unless
/// normalisation is `none`, z-scored over these voxels of all frames together with the rest at the lowest
/// value; space resampled frame by frame. Refuses fewer than two frames. sample.image holds the frames as
/// channels; present is [1]. A map is one 3D image on the series' grid.
Sample prepare_series(std::shared_ptr<const Subject> subject, const Preparation& preparation,
                      const std::vector<std::string>& with_maps);

/// Which frames a window of `frames` with `stride` takes that begins at `first`; what reaches beyond the end
/// is the series' mirror image. Refuses a stride as long as the series.
std::vector<int64_t> window_frames(int64_t series, int64_t frames, int64_t stride, int64_t first);
/// The windows that prediction averages: ascending beginnings, for each phase of the stride evenly spread and
/// as few as possible, so that every frame stands in one.
std::vector<int64_t> window_beginnings(int64_t series, int64_t frames, int64_t stride);
/// The sample with these frames only; frame_seconds grows with the widest step between two of them.
Sample with_frames(const Sample& sample, const std::vector<int64_t>& frames);

}  // namespace tazuna
