// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls_intensity.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "data/moments.hpp"
#include "data/series.hpp"
#include "data/slice_cut.hpp"

namespace tazuna {

namespace {

// What the network sees of a sequence, as the file holds it: [1, D, H, W].
Tensor raw_voxels(const Subject& subject, const std::string& sequence, const Preparation& preparation) {
  if (preparation.frame_seconds > 0)
    return read_series(subject, sequence, preparation.zero_nonfinite)
        .frames.slice(0, preparation.skip_frames)
        .mean(0, /*keepdim=*/true);
  const Volume volume = read_sequence(subject, sequence, preparation.zero_nonfinite).volume;
  if (preparation.slice_axis.empty()) return volume.voxels;
  const SlicePlane plane =
      slice_plane(subject, volume.geometry, preparation.slice_axis, preparation.slice_column);
  return slice_of(volume, plane.axis, plane.index).voxels;
}

// Of the values of `voxels` [1, D, H, W] where `mask` [1, D, H, W] is 1.
Moments moments_inside(const Tensor& voxels, const Tensor& mask) {
  const Tensor chosen = voxels.masked_select(mask.to(at::kBool)).contiguous();
  return moments_of({chosen.const_data_ptr<float>(), static_cast<size_t>(chosen.numel())});
}

}  // namespace

std::vector<std::string> intensity_columns(const Preparation& preparation) {
  std::vector<std::string> columns;
  for (const std::string& sequence : preparation.sequences)
    for (const char* what : {"_mean", "_sd"}) columns.push_back(sequence + what);
  return columns;
}

std::vector<double> intensities_of(const Subject& subject, const Preparation& preparation) {
  std::vector<Tensor> images, there;
  for (const std::string& sequence : preparation.sequences) {
    const bool has = subject.images.contains(sequence);
    images.push_back(has ? raw_voxels(subject, sequence, preparation) : Tensor());
    if (has) there.push_back(images.back());
  }
  if (there.empty()) throw refused(cat("there is none of the sequences ", join(preparation.sequences, ", ")));
  const Tensor mask = filled_nonzero_mask(at::cat(there));
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> row;
  for (const Tensor& image : images) {
    const Moments moments = image.defined() ? moments_inside(image, mask) : Moments{unknown, unknown};
    row.push_back(moments.mean);
    row.push_back(moments.sd);
  }
  return row;
}

FeatureRows with_means(FeatureRows rows, const Subjects& training) {
  if (rows.empty()) return rows;
  const size_t columns = rows.begin()->second.size();
  std::vector<double> sums(columns), counts(columns);
  for (const auto& subject : training) {
    const auto row = rows.find(subject->id);
    for (size_t k = 0; row != rows.end() && k < columns; ++k) {
      if (std::isnan(row->second[k])) continue;
      sums[k] += row->second[k];
      ++counts[k];
    }
  }
  for (auto& [id, row] : rows)
    for (size_t k = 0; k < columns; ++k)
      if (std::isnan(row[k])) row[k] = counts[k] > 0 ? sums[k] / counts[k] : 0;
  return rows;
}

}  // namespace tazuna
