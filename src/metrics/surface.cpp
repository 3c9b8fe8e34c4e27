// SPDX-License-Identifier: Apache-2.0
#include "metrics/surface.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "image/geometry.hpp"
#include "metrics/nearest.hpp"
#include "metrics/overlap.hpp"

namespace tazuna {

namespace {

// Widens `box` by the voxels set in a bool mask [D, H, W].
void include_mask(const Tensor& mask, Box& box) {
  const int64_t height = mask.size(1), width = mask.size(2);
  const auto* flags = reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>());
  for (int64_t row = 0; row < mask.size(0) * height; ++row) {
    const uint8_t* line = flags + row * width;
    const void* first = std::memchr(line, 1, width);
    if (!first) continue;
    const void* last = memrchr(line, 1, width);
    const std::array<int64_t, 3> low{row / height, row % height, static_cast<const uint8_t*>(first) - line};
    const std::array<int64_t, 3> high{low[0], low[1], static_cast<const uint8_t*>(last) - line};
    for (size_t axis = 0; axis < 3; ++axis) {
      box.low[axis] = std::min(box.low[axis], low[axis]);
      box.high[axis] = std::max(box.high[axis], high[axis] + 1);
    }
  }
}

// The border voxels of a bool mask inside `box`, in the box's coordinates.
VoxelSet border_of(const Tensor& mask, const Box& box) {
  const std::array<int64_t, 3> size = box.size();
  const int64_t height = size[1] + 2, width = size[2] + 2;  // with a rim of background
  std::vector<uint8_t> padded((size[0] + 2) * height * width, 0);
  const auto at = [&](int64_t z, int64_t y) {
    return padded.data() + ((z + 1) * height + y + 1) * width + 1;
  };
  const auto* flags = reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>());
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      const int64_t row = (z + box.low[0]) * mask.size(1) + y + box.low[1];
      std::memcpy(at(z, y), flags + row * mask.size(2) + box.low[2], size[2]);
    }
  }
  const int64_t dz = mask.size(0) > 1 ? height * width : 0, dy = mask.size(1) > 1 ? width : 0;
  const int64_t dx = mask.size(2) > 1 ? 1 : 0;
  VoxelSet border{size, std::vector<uint8_t>(size[0] * size[1] * size[2]), {}};
  uint8_t* out = border.flags.data();
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y, out += size[2]) {
      const uint8_t* m = at(z, y);
      for (int64_t x = 0; x < size[2]; ++x) {
        out[x] = m[x] & ~(m[x - dx] & m[x + dx] & m[x - dy] & m[x + dy] & m[x - dz] & m[x + dz]);
      }
      const auto* end = out + size[2];
      for (const auto* hit = out; (hit = static_cast<const uint8_t*>(std::memchr(hit, 1, end - hit)));
           ++hit) {
        border.voxels.push_back(
            {static_cast<int32_t>(z), static_cast<int32_t>(y), static_cast<int32_t>(hit - out)});
      }
    }
  }
  return border;
}

// The rank is taken in float32 as torch.quantile takes it: on borders of many voxels a rank in double falls
// between other neighbours than MONAI's.
double percentile_95(std::vector<float> values) {
  const float rank = 0.95F * static_cast<float>(values.size() - 1);
  const auto below = static_cast<size_t>(rank);
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(below));
  const double low = values[below];
  if (below + 1 == values.size()) return low;
  const double high =
      *std::min_element(values.begin() + static_cast<std::ptrdiff_t>(below) + 1, values.end());
  return low + (rank - static_cast<float>(below)) * (high - low);
}

int64_t within(const std::vector<float>& distances, double tolerance_mm) {
  const auto tolerance = static_cast<float>(tolerance_mm);
  return std::ranges::count_if(distances, [tolerance](float distance) { return distance <= tolerance; });
}

}  // namespace

SurfaceScores surface_scores(const Tensor& predicted, const Tensor& reference, int64_t label,
                             const std::array<double, 3>& spacing, double tolerance_mm) {
  expect_label_maps(predicted, reference);
  if (!(*std::ranges::min_element(spacing) > 0) || !(tolerance_mm >= 0)) {
    throw Error(cat("surface distances need spacings above 0 and a tolerance of at least 0, but got ",
                    join(spacing, "x"), " mm and ", tolerance_mm, " mm"));
  }
  const Tensor masks[2] = {predicted.eq(label).contiguous(), reference.eq(label).contiguous()};
  Box box{{predicted.size(0), predicted.size(1), predicted.size(2)}, {0, 0, 0}};
  for (const Tensor& mask : masks) include_mask(mask, box);
  if (box.high[0] == 0) {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    return {undefined, undefined, undefined};
  }
  const VoxelSet borders[2] = {border_of(masks[0], box), border_of(masks[1], box)};
  if (borders[0].voxels.empty() || borders[1].voxels.empty()) {
    const double infinite = std::numeric_limits<double>::infinity();
    return {infinite, infinite, 0};
  }
  const std::vector<float> out = nearest_distances(borders[0], borders[1], spacing);
  const std::vector<float> back = nearest_distances(borders[1], borders[0], spacing);
  const auto count = static_cast<double>(out.size() + back.size());
  const double sum =
      std::accumulate(out.begin(), out.end(), 0.0) + std::accumulate(back.begin(), back.end(), 0.0);
  return {std::max(percentile_95(out), percentile_95(back)), sum / count,
          static_cast<double>(within(out, tolerance_mm) + within(back, tolerance_mm)) / count};
}

}  // namespace tazuna
