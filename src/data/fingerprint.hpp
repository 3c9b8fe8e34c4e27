// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "core/problems.hpp"
#include "data/subject.hpp"

namespace tazuna {

/// One case's contribution: what can be known without answers (geometry), tensor order in the canonical grid.
struct CasePrint {
  std::string id;
  std::array<int64_t, 3> cropped_size;   ///< z, y, x after the nonzero crop
  std::array<double, 3> spacing;         ///< mm
  double crop_share;                     ///< voxels after / before the crop
  std::string image_sha256;              ///< of the first sequence's bytes
};

/// The dataset in numbers: nnU-Net's fingerprint (FIELD: shape after nonzero crop, spacing).
struct Fingerprint {
  std::vector<CasePrint> cases;
  std::array<int64_t, 3> median_size() const;   ///< of sizes, in voxels of each case's own spacing
  std::array<double, 3> median_spacing() const;
  double median_crop_share() const;
};

/// Reads every image of the cohort on `threads` threads. What cannot be read goes to `problems` (where = case
/// id); identical images under two ids are noted there too. Label maps named in `maps` are read and checked as
/// well (grid, whole numbers, values among `allowed_labels` if that is not empty).
Fingerprint take_fingerprint(const std::vector<Subject>& subjects, const std::vector<std::string>& sequences,
                             const std::vector<std::string>& maps, const std::vector<int64_t>& allowed_labels,
                             int threads, Log& log, Problems& problems);

}  // namespace tazuna
