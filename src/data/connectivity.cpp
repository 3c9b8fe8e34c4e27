// SPDX-License-Identifier: Apache-2.0
#include "data/connectivity.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "data/case_files.hpp"
#include "image/volume.hpp"

namespace tazuna {
namespace {

constexpr double most_correlation = 0.9999;
constexpr double constant_below = 1e-9;  // of a signal's largest value; float32 resolves 6e-8
constexpr int64_t least_frames = 3;

/// Adds what occurs in the labels; refuses regions of the case before that do not.
void find_regions(Atlas& atlas, const std::filesystem::path& file) {
  const auto* label = atlas.labels.const_data_ptr<int16_t>();
  std::vector<bool> seen(32768, false);
  for (int64_t i = 0; i < atlas.labels.numel(); ++i) seen[static_cast<size_t>(label[i])] = true;
  for (const int64_t region : atlas.regions)
    if (!seen[static_cast<size_t>(region)])
      throw refused(cat(file.string(), ": region ", region, " has no voxel"));
  atlas.regions.clear();
  for (size_t region = 1; region < seen.size(); ++region)
    if (seen[region]) atlas.regions.push_back(static_cast<int64_t>(region));
  if (atlas.regions.empty()) throw refused(cat(file.string(), ": the atlas has no region, all labels are 0"));
}

Atlas read_atlas(const std::filesystem::path& file, const std::filesystem::path& image, const Geometry& grid,
                 const Atlas& before) {
  const Volume map = read_labels(file).volume;
  expect_one_grid(image.string(), grid, cat("the atlas ", file.string()), map.geometry);
  const Tensor labels = map.voxels[0];
  if (labels.min().item<int64_t>() < 0 || labels.max().item<int64_t>() > 32767)
    throw refused(cat(file.string(), ": labels of an atlas are whole numbers from 0 to 32767"));
  Atlas atlas{labels.to(at::kShort).contiguous(), before.regions};
  find_regions(atlas, file);
  return atlas;
}

}  // namespace

Tensor region_signals(const std::filesystem::path& image, const std::filesystem::path& atlas,
                      Atlas& regions) {
  const Volume series = read_image(image).volume;
  const int64_t frames = series.voxels.size(0);
  if (frames < least_frames)
    throw refused(cat(image.string(), ": ", frames, frames == 1 ? " frame is" : " frames are",
                      " too few for correlations over time; at least ", least_frames, " are needed"));
  regions = read_atlas(atlas, image, series.geometry, regions);
  const auto count = static_cast<int64_t>(regions.regions.size());
  std::vector<int64_t> row_of(32768, -1);
  for (int64_t row = 0; row < count; ++row)
    row_of[static_cast<size_t>(regions.regions[static_cast<size_t>(row)])] = row;
  const Tensor voxels = series.voxels.contiguous();
  const auto* value = voxels.const_data_ptr<float>();
  const auto* label = regions.labels.const_data_ptr<int16_t>();
  Tensor signals = at::empty({count, frames}, at::kFloat);
  auto out = signals.accessor<float, 2>();
  std::vector<double> sums;
  std::vector<int64_t> sizes;
  for (int64_t t = 0; t < frames; ++t, value += regions.labels.numel()) {
    sums.assign(static_cast<size_t>(count), 0);
    sizes.assign(static_cast<size_t>(count), 0);
    for (int64_t i = 0; i < regions.labels.numel(); ++i) {
      const int64_t row = row_of[static_cast<size_t>(label[i])];
      if (row < 0) continue;
      sums[static_cast<size_t>(row)] += value[i];
      ++sizes[static_cast<size_t>(row)];
    }
    for (int64_t row = 0; row < count; ++row) {
      const auto place = static_cast<size_t>(row);
      if (!std::isfinite(sums[place]))
        throw refused(cat(image.string(), ": region ", regions.regions[place], " of ", atlas.string(),
                          " holds voxels that are no finite number in frame ", t));
      out[row][t] = static_cast<float>(sums[place] / static_cast<double>(sizes[place]));
    }
  }
  return signals;
}

std::vector<double> connectivity(const Tensor& signals) {
  expect_axes(signals, "signals", 2, "R, T");
  const Tensor exact = signals.to(at::kDouble);
  const Tensor centred = exact - exact.mean(1, true);
  const Tensor norm = centred.square().sum(1, true).sqrt();
  const Tensor largest = std::get<0>(exact.abs().max(1, true));
  const Tensor constant = norm <= largest * constant_below * std::sqrt(static_cast<double>(signals.size(1)));
  const Tensor unit = at::where(constant, at::zeros_like(centred), centred / norm);
  const Tensor z = unit.mm(unit.t()).clamp(-most_correlation, most_correlation).atanh().contiguous();
  const auto of = z.accessor<double, 2>();
  std::vector<double> triangle;
  for (int64_t a = 0; a < z.size(0); ++a)
    for (int64_t b = a + 1; b < z.size(0); ++b) triangle.push_back(of[a][b]);
  return triangle;
}

}  // namespace tazuna
