// SPDX-License-Identifier: Apache-2.0
#include "image/components.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tazuna {

namespace {

/// Voxels [begin, end) of one row that lie in the mask, with background on both sides.
struct Run {
  int64_t row, begin, end;
};

/// Runs by index; joined ones share the first of them as their root (union-find with path halving).
class Forest {
 public:
  explicit Forest(size_t size) : parents_(size) { std::iota(parents_.begin(), parents_.end(), size_t{0}); }
  size_t root(size_t at) {
    for (; parents_[at] != at; at = parents_[at]) parents_[at] = parents_[parents_[at]];
    return at;
  }
  void join(size_t a, size_t b) {
    a = root(a);
    b = root(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parents_;
};

/// The runs of a bool mask [D, H, W] row by row; those of row r are first[r] to first[r + 1].
std::vector<Run> runs_of(const Tensor& flags, std::vector<size_t>& first) {
  std::vector<Run> runs;
  const int64_t rows = flags.size(0) * flags.size(1), width = flags.size(2);
  const auto* line = reinterpret_cast<const uint8_t*>(flags.const_data_ptr<bool>());
  for (int64_t row = 0; row < rows; ++row, line += width) {
    first.push_back(runs.size());
    const auto next = [&](int64_t from, int value) {
      const void* found = from < width ? std::memchr(line + from, value, width - from) : nullptr;
      return found ? static_cast<const uint8_t*>(found) - line : width;
    };
    for (int64_t begin = next(0, 1); begin < width;) {
      const int64_t end = next(begin, 0);
      runs.push_back({row, begin, end});
      begin = next(end, 1);
    }
  }
  first.push_back(runs.size());
  return runs;
}

/// Joins the runs of two rows that touch: those that share a column, or lie `reach` columns apart.
void join_rows(const std::vector<Run>& runs, const std::vector<size_t>& first, int64_t a, int64_t b,
               int64_t reach, Forest& forest) {
  for (size_t i = first[a], k = first[b]; i < first[a + 1] && k < first[b + 1];) {
    if (runs[i].begin < runs[k].end + reach && runs[k].begin < runs[i].end + reach) forest.join(i, k);
    ++(runs[i].end < runs[k].end ? i : k);
  }
}

Forest joined(const std::vector<Run>& runs, const std::vector<size_t>& first, const Tensor& flags,
              Neighbours neighbours) {
  Forest forest(runs.size());
  const bool all = neighbours == Neighbours::all;
  const int64_t depth = flags.size(0), height = flags.size(1);
  for (int64_t z = 0; z < depth; ++z) {
    for (int64_t y = 0; y < height; ++y) {
      const int64_t row = z * height + y, above = row - height;
      if (y > 0) join_rows(runs, first, row - 1, row, all, forest);
      if (z == 0) continue;
      join_rows(runs, first, above, row, all, forest);
      if (all && y > 0) join_rows(runs, first, above - 1, row, all, forest);
      if (all && y + 1 < height) join_rows(runs, first, above + 1, row, all, forest);
    }
  }
  return forest;
}

}  // namespace

Components connected_components(const Tensor& mask, Neighbours neighbours) {
  expect_axes(mask, "mask", 3, "D, H, W");
  const Tensor flags = mask.ne(0).contiguous();
  std::vector<size_t> first;
  const std::vector<Run> runs = runs_of(flags, first);
  Forest forest = joined(runs, first, flags, neighbours);

  std::vector<int64_t> voxels(runs.size(), 0);  // by root
  for (size_t i = 0; i < runs.size(); ++i) voxels[forest.root(i)] += runs[i].end - runs[i].begin;
  std::vector<size_t> roots;
  for (size_t i = 0; i < runs.size(); ++i)
    if (voxels[i] > 0) roots.push_back(i);
  std::ranges::stable_sort(roots, [&](size_t a, size_t b) { return voxels[a] > voxels[b]; });

  Components components{at::zeros(flags.sizes(), at::kInt), {}};
  std::vector<int32_t> number(runs.size(), 0);
  for (const size_t root : roots) {
    components.voxels.push_back(voxels[root]);
    number[root] = static_cast<int32_t>(components.voxels.size());
  }
  auto* labels = components.labels.data_ptr<int32_t>();
  for (size_t i = 0; i < runs.size(); ++i) {
    auto* line = labels + runs[i].row * flags.size(2);
    std::fill(line + runs[i].begin, line + runs[i].end, number[forest.root(i)]);
  }
  return components;
}

}  // namespace tazuna
