// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/case_print.hpp"
#include "image/volume.hpp"
#include "tests/data/series_file.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {

/// A cohort on disk, case by case.
class WrittenCohort {
 public:
  /// An image of `size` whose voxels are 0 but for a block from `low` to `high`, all `value`.
  Tensor block(const Triple& size, const Triple& low, const Triple& high, float value = 1) const {
    Tensor voxels = at::zeros({1, size[0], size[1], size[2]});
    voxels.slice(1, low[0], high[0]).slice(2, low[1], high[1]).slice(3, low[2], high[2]).fill_(value);
    return voxels;
  }
  void image(const std::string& id, const std::string& sequence, const Tensor& voxels,
             Geometry geometry = {}) {
    geometry.size = {voxels.size(1), voxels.size(2), voxels.size(3)};
    const auto file = folder_.path() / (id + "_" + sequence + ".nii.gz");
    write_image(file, voxels, geometry, {});
    subject(id).images[sequence] = {file};
  }
  void map(const std::string& id, const Tensor& labels, Geometry geometry = {}) {
    geometry.size = {labels.size(0), labels.size(1), labels.size(2)};
    const auto file = folder_.path() / (id + "_label.nii.gz");
    write_labels(file, labels, geometry, {});
    subject(id).maps["label"] = {file};
  }
  void series(const std::string& id, const Tensor& frames, double seconds) {
    const auto file = folder_.path() / (id + "_bold.nii");
    write_series(file, frames, seconds);
    subject(id).images["bold"].file = file;
  }
  Subject& subject(const std::string& id) {
    for (Subject& known : subjects)
      if (known.id == id) return known;
    subjects.emplace_back();
    subjects.back().id = subjects.back().person = id;
    return subjects.back();
  }
  const std::filesystem::path& path() const { return folder_.path(); }

  std::vector<Subject> subjects;

 private:
  ScratchFolder folder_;
};

/// Checks that two prints are the same to the last bit.
inline void expect_equal(const CasePrint& one, const CasePrint& other) {
  DOCTEST_CHECK(one.id == other.id);
  DOCTEST_CHECK((one.cropped_size == other.cropped_size));
  DOCTEST_CHECK((one.spacing == other.spacing));
  DOCTEST_CHECK(one.crop_share == other.crop_share);
  DOCTEST_CHECK(one.frame_seconds == other.frame_seconds);
  DOCTEST_CHECK(one.header_seconds == other.header_seconds);
  DOCTEST_CHECK(one.grids_apart == other.grids_apart);
  DOCTEST_CHECK((one.image_sha256 == other.image_sha256));
  DOCTEST_CHECK((one.map_sha256 == other.map_sha256));
  DOCTEST_CHECK((one.labels == other.labels));
  DOCTEST_CHECK((one.empty_images == other.empty_images));
}

}  // namespace tazuna
