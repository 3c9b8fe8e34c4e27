// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "image/axis_taps.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

constexpr double least_loss = 0.01;  // of a label's volume: below it nothing is done
constexpr double equal = 1e-6;       // shares are the same that far

using Size = std::array<int64_t, 3>;
using Taps = std::array<std::vector<LinearTap>, 3>;

/// The voxels of a label in a map [D, H, W] of int32.
struct Extent {
  int64_t count = 0;
  Size low{}, high{};  // half-open
};

std::map<int32_t, Extent> extents_of(const int32_t* voxels, const Size& size) {
  std::map<int32_t, Extent> extents;
  int32_t last = 0;
  Extent* extent = nullptr;
  for (int64_t z = 0; z < size[0]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[2]; ++x) {
        const int32_t label = *voxels++;
        if (label == 0) continue;
        if (label != last || !extent) extent = &extents[last = label];
        const Size place{z, y, x};
        if (extent->count++ == 0) extent->low = extent->high = place;
        for (int axis = 0; axis < 3; ++axis) {
          extent->low[axis] = std::min(extent->low[axis], place[axis]);
          extent->high[axis] = std::max(extent->high[axis], place[axis] + 1);
        }
      }
    }
  }
  return extents;
}

Taps taps_of(const Size& from, const Size& to, int through) {
  Taps taps;
  for (int axis = 0; axis < 3; ++axis)
    taps[axis] = axis == through ? nearest_taps(from[axis], to[axis]) : linear_taps(from[axis], to[axis]);
  return taps;
}

/// A voxel of the resized map that may become another label's, with that label's share of it.
struct Candidate {
  double share;
  int64_t voxel;
};

/// A label map and what it becomes.
struct Resizing {
  const int32_t* source;
  Size from, to;
  const Taps& taps;
  int32_t* result;

  double share(int32_t label, const Size& place) const {
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      double weight = 1;
      Size voxel;
      for (int axis = 0; axis < 3; ++axis) {
        const LinearTap& tap = taps[axis][place[axis]];
        const bool upper = corner & (4 >> axis);
        weight *= upper ? tap.share : 1 - tap.share;
        voxel[axis] = upper ? tap.high : tap.low;
      }
      if (source[(voxel[0] * from[1] + voxel[1]) * from[2] + voxel[2]] == label) sum += weight;
    }
    return sum;
  }

  /// The resized voxels along an axis that mix any of `low` to `high` of the source.
  std::pair<int64_t, int64_t> reached(int axis, int64_t low, int64_t high) const {
    int64_t first = 0, last = to[axis];
    while (first < last && taps[axis][first].high < low) ++first;
    while (last > first && taps[axis][last - 1].low >= high) --last;
    return {first, last};
  }

  /// Voxels where `label` has a share and that belong to none of `settled`, greatest share first.
  std::vector<Candidate> candidates(int32_t label, const Extent& extent,
                                    const std::vector<int32_t>& settled) const {
    std::array<std::pair<int64_t, int64_t>, 3> range;
    for (int axis = 0; axis < 3; ++axis) range[axis] = reached(axis, extent.low[axis], extent.high[axis]);
    std::vector<Candidate> found;
    for (int64_t z = range[0].first; z < range[0].second; ++z) {
      for (int64_t y = range[1].first; y < range[1].second; ++y) {
        for (int64_t x = range[2].first; x < range[2].second; ++x) {
          const int64_t voxel = (z * to[1] + y) * to[2] + x;
          if (result[voxel] == label || std::ranges::count(settled, result[voxel])) continue;
          if (const double part = share(label, {z, y, x}); part > 0) found.push_back({part, voxel});
        }
      }
    }
    std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
      return a.share != b.share ? a.share > b.share : a.voxel < b.voxel;
    });
    return found;
  }
};

/// How many of the first candidates come nearest to `missing` if those of one share stay together, so that a
/// mirrored map becomes the mirrored result.
size_t taken(const std::vector<Candidate>& sorted, int64_t missing) {
  size_t best = 0;
  for (size_t end = 1; end <= sorted.size(); ++end) {
    if (end < sorted.size() && sorted[end - 1].share - sorted[end].share <= equal) continue;
    const auto away = [&](size_t count) { return std::abs(static_cast<int64_t>(count) - missing); };
    if (away(end) < away(best)) best = end;
    if (static_cast<int64_t>(end) >= missing) break;
  }
  return best;
}

}  // namespace

Tensor resized_labels_keeping_volume(const Tensor& labels, const Size& size, int through_axis) {
  const Tensor resized = resized_labels(labels, size, through_axis);
  if (resized.sizes() == labels.sizes()) return resized;
  const Tensor source = labels.to(at::kInt).contiguous();
  Tensor result = resized.to(at::kInt).contiguous();
  if (result.is_same(resized)) result = resized.clone();
  const Size from{labels.size(1), labels.size(2), labels.size(3)};
  const Taps taps = taps_of(from, size, through_axis);
  const Resizing resizing{source.const_data_ptr<int32_t>(), from, size, taps, result.data_ptr<int32_t>()};
  const double ratio = static_cast<double>(resized.numel()) / static_cast<double>(labels.numel());
  std::map<int32_t, Extent> after = extents_of(resizing.result, size);
  std::vector<std::pair<int64_t, int32_t>> smallest_first;
  const auto before = extents_of(resizing.source, from);
  for (const auto& [label, extent] : before) smallest_first.emplace_back(extent.count, label);
  std::ranges::sort(smallest_first);
  std::vector<int32_t> settled;
  for (const auto& [count, label] : smallest_first) {
    const double wanted = ratio * static_cast<double>(count);
    const int64_t missing = std::llround(wanted) - after[label].count;
    if (missing > 0 && static_cast<double>(missing) > least_loss * wanted) {
      const auto candidates = resizing.candidates(label, before.at(label), settled);
      const size_t count_taken = taken(candidates, missing);
      for (size_t i = 0; i < count_taken; ++i) {
        --after[resizing.result[candidates[i].voxel]].count;
        ++after[label].count;
        resizing.result[candidates[i].voxel] = label;
      }
    }
    settled.push_back(label);
  }
  return result.to(labels.scalar_type());
}

}  // namespace tazuna
