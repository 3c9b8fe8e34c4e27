// SPDX-License-Identifier: Apache-2.0
#include "metrics/nearest.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numbers>

namespace tazuna {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Distances in voxels along x: for every voxel the nearest set voxel of its own row.
class RowDistances {
 public:
  explicit RowDistances(const VoxelSet& to)
      : height_(to.size[1]),
        width_(to.size[2]),
        along_(std::make_unique_for_overwrite<int32_t[]>(to.size[0] * height_ * width_)) {
    at::parallel_for(0, to.size[0] * height_, 256, [&](int64_t row, int64_t end) {
      for (; row < end; ++row) fill(to.flags.data() + row * width_, along_.get() + row * width_);
    });
  }
  int32_t at(int64_t z, int64_t y, int64_t x) const { return along_[(z * height_ + y) * width_ + x]; }
  // Whether the row holds a set voxel.
  bool any(int64_t z, int64_t y) const { return at(z, y, 0) < width_; }

 private:
  void fill(const uint8_t* flags, int32_t* out) const {
    constexpr int32_t nowhere = 1 << 29;
    const auto width = static_cast<int32_t>(width_);
    int32_t left = -nowhere;
    for (int32_t begin = 0; begin < width;) {
      const auto* hit = static_cast<const uint8_t*>(std::memchr(flags + begin, 1, width - begin));
      const int32_t right = hit ? static_cast<int32_t>(hit - flags) : nowhere;
      const int32_t end = std::min(right, width);
      for (int32_t x = begin; x < end; ++x) out[x] = std::min(x - left, right - x);
      if (hit) out[right] = 0;
      left = right;
      begin = end + 1;
    }
  }

  int64_t height_, width_;
  std::unique_ptr<int32_t[]> along_;
};

// A row beside another one and its squared distances from it in mm^2.
struct RowOffset {
  int64_t z, y;
  double z_squared, y_squared;
  double squared() const { return z_squared + y_squared; }
};

// The rows nearer than `reach` mm, the nearest first.
std::vector<RowOffset> rows_within(double reach, const std::array<int64_t, 3>& size,
                                   const std::array<double, 3>& spacing) {
  const auto farthest = [&](size_t axis) {
    return std::min(size[axis] - 1, static_cast<int64_t>(reach / spacing[axis]));
  };
  std::vector<RowOffset> rows;
  for (int64_t z = -farthest(0); z <= farthest(0); ++z) {
    for (int64_t y = -farthest(1); y <= farthest(1); ++y) {
      const double deep = static_cast<double>(z) * spacing[0], high = static_cast<double>(y) * spacing[1];
      const RowOffset row{z, y, deep * deep, high * high};
      if (row.squared() < reach * reach) rows.push_back(row);
    }
  }
  std::ranges::sort(rows, {}, &RowOffset::squared);
  return rows;
}

// The least squared distance in mm^2 to a set voxel of these rows; one below that of the last row is exact.
double search_rows(const RowDistances& along, const std::vector<RowOffset>& rows,
                   const std::array<int32_t, 3>& voxel, const std::array<int64_t, 3>& size, double step) {
  double best = infinite;
  for (const RowOffset& row : rows) {
    if (row.squared() >= best) break;
    const int64_t z = voxel[0] + row.z, y = voxel[1] + row.y;
    if (z < 0 || z >= size[0] || y < 0 || y >= size[1]) continue;
    const double beside = step * along.at(z, y, voxel[2]);
    best = std::min(best, beside * beside + row.y_squared + row.z_squared);
  }
  return best;
}

// Squared distances in mm^2 within planes: for every voxel the nearest set voxel of its own plane z.
class PlaneDistances {
 public:
  PlaneDistances(const RowDistances& along, const std::array<int64_t, 3>& size,
                 const std::array<double, 3>& spacing, const std::vector<uint8_t>& columns)
      : size_(size), spacing_(spacing), inside_(size_[0], 0), squared_(size_[0] * size_[1] * size_[2]) {
    at::parallel_for(0, size_[0], 1, [&](int64_t z, int64_t end) {
      for (; z < end; ++z) fill_plane(along, columns, z);
    });
  }
  bool any(int64_t z) const { return inside_[z]; }
  double at(int64_t z, int64_t y, int64_t x) const { return squared_[(z * size_[2] + x) * size_[1] + y]; }

 private:
  void fill_plane(const RowDistances& along, const std::vector<uint8_t>& columns, int64_t z) {
    const int64_t height = size_[1], width = size_[2];
    std::vector<int64_t> rows;
    for (int64_t y = 0; y < height; ++y) {
      if (along.any(z, y)) rows.push_back(y);
    }
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
        const double beside = spacing_[2] * along.at(z, rows[i], x);
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
  // About 200 rows: surfaces that agree are nearer than that.
  const double reach = std::sqrt(200 / std::numbers::pi * spacing[0] * spacing[1]);
  const std::vector<RowOffset> rows = rows_within(reach, from.size, spacing);
  const RowDistances along(to);
  constexpr float unknown = -1;
  constexpr int64_t side_by_side = 16;  // what the first of them does not find, the others are not asked for
  const auto count = static_cast<int64_t>(distances.size());
  at::parallel_for(0, (count + side_by_side - 1) / side_by_side, 256, [&](int64_t group, int64_t end) {
    for (; group < end; ++group) {
      bool near = true;
      for (int64_t i = group * side_by_side; i < std::min(count, (group + 1) * side_by_side); ++i) {
        const double best = near ? search_rows(along, rows, from.voxels[i], from.size, spacing[2]) : infinite;
        distances[i] = best < reach * reach ? static_cast<float>(std::sqrt(best)) : unknown;
        near = near && distances[i] != unknown;
      }
    }
  });
  std::vector<int64_t> far;
  for (int64_t i = 0; i < count; ++i) {
    if (distances[i] == unknown) far.push_back(i);
  }
  if (far.empty()) return distances;
  std::vector<uint8_t> columns(from.size[2], 0);
  for (const int64_t i : far) columns[from.voxels[i][2]] = 1;
  const PlaneDistances planes(along, from.size, spacing, columns);
  at::parallel_for(0, std::ssize(far), 4096, [&](int64_t k, int64_t end) {
    for (; k < end; ++k) {
      const int64_t i = far[k];
      distances[i] = static_cast<float>(search_planes(planes, from.voxels[i], from.size[0], spacing[0]));
    }
  });
  return distances;
}

}  // namespace tazuna
