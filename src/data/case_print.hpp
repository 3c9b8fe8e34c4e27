// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/subject.hpp"

namespace tazuna {

/// One case's contribution to a fingerprint: what can be known without answers (geometry), tensor order in
/// the canonical grid.
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
  double header_seconds = 0;  ///< as in FrameSeries
  double grids_apart = 0;  ///< mm between corners of its images and maps; 0: no more than rounding explains
};

/// Labels that maps may hold, by selector.
using LabelsOfMaps = std::map<std::string, std::set<int64_t>>;

/// What is read of every case, and what kind of images a cohort has.
struct FingerprintOptions {
  std::vector<std::string> sequences = {};  ///< in channel order
  std::vector<std::string> maps = {};       ///< selectors of label maps; a case may lack one
  LabelsOfMaps allowed_labels = {};         ///< beside 0; a map that is not among these may hold any
  bool missing = false;                     ///< a case may lack sequences, but not all of them
  bool series = false;                      ///< images are 4D, see read_series()
  bool resample_frames = false;             ///< their repetition times may differ
  std::string slice_axis = {};              ///< as in Preparation: sizes and crops are those of one slice
  std::string slice_column = {};            ///< that names it
  bool zero_nonfinite = false;              ///< NaN and infinite voxels count as 0
  bool one_part = false;  ///< everybody learns and nobody is scored: two persons may share an image
};

/// What reading one case tells. `print` is whole if there is no problem, else as far as reading came.
struct CaseReading {
  CasePrint print = {};
  std::vector<std::string> problems = {};
  bool whole = false;
};

/// Reads the images and label maps of a case. What cannot be used is a problem each, as take_fingerprint()
/// lists them.
CaseReading read_case(const Subject& subject, const FingerprintOptions& options);

}  // namespace tazuna
