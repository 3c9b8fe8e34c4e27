// SPDX-License-Identifier: Apache-2.0
#include "metrics/surface.hpp"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>

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

template <class Label>
bool holds(const Label* row, int64_t width, Label label) {
  Label found = 0;  // as wide as the labels and without a way out, which makes vector instructions of it
  for (int64_t x = 0; x < width; ++x) found |= static_cast<Label>(row[x] == label);
  return found != 0;
}

// Widens `box` by the voxels of `label` in a contiguous map [D, H, W].
template <class Label>
void include_label(const Label* map, const std::array<int64_t, 3>& size, Label label, Box& box) {
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y, map += size[2]) {
      if (!holds(map, size[2], label)) continue;
      int64_t first = 0, last = size[2] - 1;
      while (map[first] != label) ++first;
      while (map[last] != label) --last;
      box.low = {std::min(box.low[0], z), std::min(box.low[1], y), std::min(box.low[2], first)};
      box.high = {std::max(box.high[0], z + 1), std::max(box.high[1], y + 1),
                  std::max(box.high[2], last + 1)};
    }
  }
}

void include_label(const Tensor& map, int64_t label, Box& box) {
  AT_DISPATCH_INTEGRAL_TYPES_AND(at::kBool, map.scalar_type(), "surface_scores", [&] {
    const auto narrow = static_cast<scalar_t>(label);
    if (static_cast<int64_t>(narrow) != label) return;  // the map cannot hold it
    include_label(map.const_data_ptr<scalar_t>(), {map.size(0), map.size(1), map.size(2)}, narrow, box);
  });
}

// The border voxels of `label` inside `box`, in the box's coordinates.
VoxelSet border_of(const Tensor& map, int64_t label, const Box& box) {
  const std::array<int64_t, 3> size = box.size();
  Tensor inside = map;
  for (int64_t axis = 0; axis < 3; ++axis) inside = inside.narrow(axis, box.low[axis], size[axis]);
  const Tensor mask = inside.eq(label).contiguous();
  const int64_t height = size[1] + 2, width = size[2] + 2;  // with a rim of background
  std::vector<uint8_t> padded((size[0] + 2) * height * width, 0);
  const auto at = [&](int64_t z, int64_t y) {
    return padded.data() + ((z + 1) * height + y + 1) * width + 1;
  };
  const auto* flags = reinterpret_cast<const uint8_t*>(mask.const_data_ptr<bool>());
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y, flags += size[2]) std::memcpy(at(z, y), flags, size[2]);
  }
  const int64_t dz = map.size(0) > 1 ? height * width : 0, dy = map.size(1) > 1 ? width : 0;
  const int64_t dx = map.size(2) > 1 ? 1 : 0;
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
  Box box{{predicted.size(0), predicted.size(1), predicted.size(2)}, {0, 0, 0}};
  for (const Tensor& map : {predicted, reference}) include_label(map.contiguous(), label, box);
  if (box.high[0] == 0) {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    return {undefined, undefined, undefined};
  }
  const VoxelSet borders[2] = {border_of(predicted, label, box), border_of(reference, label, box)};
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
