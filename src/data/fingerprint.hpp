// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "core/problems.hpp"
#include "data/case_prints.hpp"

namespace tazuna {

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

/// Reads every image of the cohort on `threads` threads, but for cases that `known` holds as they are; those
/// that are sound join them. What cannot be used goes to `problems` (where = case id), all of it in one pass:
/// unreadable files, images of more than one frame (series: of one), NaN or infinite voxels, sequences on
/// different grids, one image (of any sequence) under the ids of two persons, repetition times more than 5 %
/// from the cohort's median. Label maps named in the options are read and checked as well (grid, whole
/// numbers, allowed labels); a case may lack one, but not all of them. Where all cases are one part,
/// an image of two persons is a warning as well. Empty images and label maps, and one
/// image twice under one person (unless slices are taken of it) or as two sequences of a case, are warnings
/// in the log; empty images are not compared with each other. Cases with problems are left out. Throws
/// Interrupted when a stop is asked for meanwhile.
Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const FingerprintOptions& options,
                             int threads, CasePrints& known, Log& log, Problems& problems);

}  // namespace tazuna
