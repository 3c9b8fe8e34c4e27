// SPDX-License-Identifier: Apache-2.0
#include "metrics/nearest.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace tazuna {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Squared distances in mm^2 within planes: for every voxel the nearest set voxel of its own plane z.
class PlaneDistances {
 public:
  PlaneDistances(const VoxelSet& to, const std::array<double, 3>& spacing,
                 const std::vector<uint8_t>& columns)
      : size_(to.size), spacing_(spacing), inside_(size_[0], 0), squared_(size_[0] * size_[1] * size_[2]) {
    at::parallel_for(0, size_[0], 1, [&](int64_t z, int64_t end) {
      for (; z < end; ++z) fill_plane(to, columns, z);
    });
  }
  bool any(int64_t z) const { return inside_[z]; }
  double at(int64_t z, int64_t y, int64_t x) const { return squared_[(z * size_[2] + x) * size_[1] + y]; }

 private:
  // Distances along x in voxels of each row of the plane that holds a set voxel; returns those rows.
  std::vector<int64_t> fill_rows(const VoxelSet& to, int64_t z, std::vector<int32_t>& along) const {
    std::vector<int64_t> rows;
    const int64_t height = size_[1], width = size_[2];
    for (int64_t y = 0; y < height; ++y) {
      const uint8_t* flags = to.flags.data() + (z * height + y) * width;
      if (!std::memchr(flags, 1, width)) continue;
      int32_t* out = along.data() + static_cast<int64_t>(rows.size()) * width;
      rows.push_back(y);
      auto distance = static_cast<int32_t>(width);
      for (int64_t x = 0; x < width; ++x) out[x] = distance = flags[x] ? 0 : distance + 1;
      for (int64_t x = width - 1; x >= 0; --x) {
        distance = flags[x] ? 0 : distance + 1;
        out[x] = std::min(out[x], distance);
      }
    }
    return rows;
  }

  void fill_plane(const VoxelSet& to, const std::vector<uint8_t>& columns, int64_t z) {
    const int64_t height = size_[1], width = size_[2];
    std::vector<int32_t> along(height * width);
    const std::vector<int64_t> rows = fill_rows(to, z, along);
    inside_[z] = !rows.empty();
    if (rows.empty()) return;
    const double step = spacing_[1];
    std::vector<double> half_inverse(height);  // 1 / (2 * distance) of two rows
    for (int64_t d = 1; d < height; ++d) half_inverse[d] = 0.5 / (static_cast<double>(d) * step);
    std::vector<double> value(rows.size()), from(rows.size() + 1);
    std::vector<int64_t> site(rows.size());
    for (int64_t x = 0; x < width; ++x) {
      if (!columns[x]) continue;
      int64_t last = -1;  // index of the envelope's last parabola
      for (size_t i = 0; i < rows.size(); ++i) {
        const double beside = spacing_[2] * along[static_cast<int64_t>(i) * width + x];
        const double f = beside * beside, position = static_cast<double>(rows[i]) * step;
        double start = -infinite;
        for (; last >= 0; --last) {
          const double before = static_cast<double>(site[last]) * step;
          start =
              (f + position * position - value[last] - before * before) * half_inverse[rows[i] - site[last]];
          if (start > from[last]) break;
          start = -infinite;
        }
        ++last;
        site[last] = rows[i];
        value[last] = f;
        from[last] = start;
      }
      from[last + 1] = infinite;
      double* out = squared_.data() + (z * width + x) * height;
      for (int64_t y = 0, k = 0; y < height; ++y) {
        while (from[k + 1] < static_cast<double>(y) * step) ++k;
        const double away = static_cast<double>(y - site[k]) * step;
        out[y] = value[k] + away * away;
      }
    }
  }

  std::array<int64_t, 3> size_;
  std::array<double, 3> spacing_;
  std::vector<uint8_t> inside_;
  std::vector<double> squared_;  // [D, W, H]
};

double search_planes(const PlaneDistances& planes, const std::array<int32_t, 3>& voxel, int64_t depth,
                     double step) {
  const auto [z, y, x] = voxel;
  double best = planes.any(z) ? planes.at(z, y, x) : infinite;
  for (int64_t away = 1; away < depth; ++away) {
    const double across = static_cast<double>(away) * step, squared = across * across;
    if (squared >= best) break;
    if (z >= away && planes.any(z - away)) best = std::min(best, planes.at(z - away, y, x) + squared);
    if (z + away < depth && planes.any(z + away)) best = std::min(best, planes.at(z + away, y, x) + squared);
  }
  return std::sqrt(best);
}

}  // namespace

std::vector<float> nearest_distances(const VoxelSet& from, const VoxelSet& to,
                                     const std::array<double, 3>& spacing) {
  std::vector<float> distances(from.voxels.size(), std::numeric_limits<float>::infinity());
  if (to.voxels.empty() || from.voxels.empty()) return distances;
  std::vector<uint8_t> columns(from.size[2], 0);
  for (const auto& voxel : from.voxels) columns[voxel[2]] = 1;
  const PlaneDistances planes(to, spacing, columns);
  at::parallel_for(0, static_cast<int64_t>(distances.size()), 4096, [&](int64_t i, int64_t end) {
    for (; i < end; ++i) {
      distances[i] = static_cast<float>(search_planes(planes, from.voxels[i], from.size[0], spacing[0]));
    }
  });
  return distances;
}

}  // namespace tazuna
