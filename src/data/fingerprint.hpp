// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "core/problems.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// One case's contribution: what can be known without answers (geometry), tensor order in the canonical grid.
struct CasePrint {
  std::string id;
  std::array<int64_t, 3> cropped_size;  ///< z, y, x after the nonzero crop
  std::array<double, 3> spacing;        ///< mm
  double crop_share = 1;                ///< voxels after / before the crop
  double frame_seconds = 0;             ///< of a series: between two frames
  /// Of size and voxels, whatever the file's packing: images by sequence, label maps by selector.
  std::map<std::string, std::string> image_sha256 = {}, map_sha256 = {};
  std::map<std::string, std::set<int64_t>> labels = {};  ///< met in the label maps but 0, by selector
  /// Sequences all of whose voxels are 0, as some pipelines fill in for a missing one: nobody's image.
  std::set<std::string> empty_images = {};
};

/// The dataset in numbers: nnU-Net's fingerprint (shape after nonzero crop, spacing). Medians of no case are
/// an Error.
struct Fingerprint {
  std::vector<CasePrint> cases;                  ///< in the cohort's order
  std::array<int64_t, 3> median_size() const;    ///< of sizes, in voxels of each case's own spacing
  std::array<double, 3> median_spacing() const;  ///< mm
  double median_crop_share() const;
  /// Of the series' repetition times (s) in order the middle one, so that it is one of them; 0 for other
  /// images.
  double median_frame_seconds() const;
  /// By case id, all sequences but empty ones, which tell nothing of whose they are.
  std::map<std::string, std::vector<std::string>> image_digests() const;
};

/// What kind of images a cohort has.
struct FingerprintOptions {
  bool missing = false;           ///< a case may lack sequences, but not all of them
  bool series = false;            ///< images are 4D, see read_series()
  bool resample_frames = false;   ///< their repetition times may differ
  std::string slice_axis = {};    ///< as in Preparation: sizes and crops are those of one slice
  std::string slice_column = {};  ///< that names it
};

/// Labels that maps may hold, by selector.
using LabelsOfMaps = std::map<std::string, std::set<int64_t>>;

/// Reads every image of the cohort on `threads` threads. What cannot be used goes to `problems` (where = case
/// id), all of it in one pass: unreadable files, images of more than one frame (series: of one), NaN or
/// infinite voxels, sequences on different grids, one image (of any sequence) under the ids of two persons,
/// repetition times more than 5 % from the cohort's median. Label maps named in `maps` are read and checked
/// as well (grid, whole numbers, values among 0 and the map's `allowed_labels`; of a map that is not among
/// these any); a case may lack one, but not all of them. Empty images and label maps, and one image twice
/// under one person (unless slices are taken of it) or as two sequences of a case, are warnings in the log;
/// empty images are not compared with each other.
/// Cases with problems are left out. Throws Interrupted when a stop is asked for meanwhile.
Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                             const std::vector<std::string>& maps, const LabelsOfMaps& allowed_labels,
                             int threads, Log& log, Problems& problems,
                             const FingerprintOptions& options = {});

}  // namespace tazuna
