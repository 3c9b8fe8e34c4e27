// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "data/preparation.hpp"

namespace tazuna {
namespace {

struct Grid {
  int64_t depth, height, width;
};

/// Widens `box` by the nonzero voxels of one channel. A row is looked at only where it could widen the box.
void widen(Box& box, const float* voxels, const Grid& grid) {
  const auto nonzero = [](float value) { return value != 0; };
  for (int64_t z = 0; z < grid.depth; ++z) {
    for (int64_t y = 0; y < grid.height; ++y) {
      const float* row = voxels + (z * grid.height + y) * grid.width;
      const float* left = row + std::min(box.low[2], grid.width);
      const float* right = row + box.high[2];
      const float* first = std::find_if(row, left, nonzero);
      const float* last = row + grid.width;
      while (last > right && *(last - 1) == 0) --last;
      const bool new_row = z < box.low[0] || z >= box.high[0] || y < box.low[1] || y >= box.high[1];
      const bool inner = new_row && left < right && std::any_of(left, right, nonzero);
      if (first == left && last <= right && !inner) continue;
      box.low = {std::min(box.low[0], z), std::min(box.low[1], y),
                 std::min<int64_t>(box.low[2], first - row)};
      box.high = {std::max(box.high[0], z + 1), std::max(box.high[1], y + 1),
                  std::max<int64_t>(box.high[2], last - row)};
    }
  }
}

/// Marks every zero of `state` that is reached from `seed` through faces as 2, run by run.
class OutsideFill {
 public:
  OutsideFill(std::vector<uint8_t>& state, const Grid& grid) : state_(state), grid_(grid) {}

  void from(int64_t z, int64_t y, int64_t x) {
    push(z, y, x);
    while (!pending_.empty()) {
      const int64_t start = pending_.back();
      pending_.pop_back();
      if (state_[start] == 0) fill_run(start);
    }
  }

 private:
  void push(int64_t z, int64_t y, int64_t x) {
    const int64_t voxel = (z * grid_.height + y) * grid_.width + x;
    if (state_[voxel] == 0) pending_.push_back(voxel);
  }

  void fill_run(int64_t voxel) {
    const int64_t row = voxel / grid_.width, first = row * grid_.width, last = first + grid_.width;
    int64_t low = voxel, high = voxel + 1;
    while (low > first && state_[low - 1] == 0) --low;
    while (high < last && state_[high] == 0) ++high;
    std::fill(state_.begin() + low, state_.begin() + high, 2);
    const int64_t z = row / grid_.height, y = row % grid_.height;
    if (y > 0) seed_beside(low - grid_.width, high - grid_.width);
    if (y + 1 < grid_.height) seed_beside(low + grid_.width, high + grid_.width);
    const int64_t plane = grid_.height * grid_.width;
    if (z > 0) seed_beside(low - plane, high - plane);
    if (z + 1 < grid_.depth) seed_beside(low + plane, high + plane);
  }

  /// One seed for each run of zeros in the range.
  void seed_beside(int64_t low, int64_t high) {
    bool in_run = false;
    for (int64_t voxel = low; voxel < high; ++voxel) {
      const bool zero = state_[voxel] == 0;
      if (zero && !in_run) pending_.push_back(voxel);
      in_run = zero;
    }
  }

  std::vector<uint8_t>& state_;
  Grid grid_;
  std::vector<int64_t> pending_;
};

}  // namespace

Box nonzero_box(const Tensor& image) {
  expect_axes(image, "image", 4, "C, D, H, W");
  const Tensor voxels = image.contiguous();
  const Grid grid{image.size(1), image.size(2), image.size(3)};
  Box box{{grid.depth, grid.height, grid.width}, {0, 0, 0}};
  for (int64_t c = 0; c < image.size(0); ++c)
    widen(box, voxels.const_data_ptr<float>() + c * grid.depth * grid.height * grid.width, grid);
  if (box.high[0] == 0) return {{0, 0, 0}, {grid.depth, grid.height, grid.width}};
  return box;
}

Tensor filled_nonzero_mask(const Tensor& image) {
  expect_axes(image, "image", 4, "C, D, H, W");
  const Tensor voxels = image.contiguous();
  const Grid grid{image.size(1), image.size(2), image.size(3)};
  const int64_t count = grid.depth * grid.height * grid.width;
  std::vector<uint8_t> state(static_cast<size_t>(count), 0);
  for (int64_t c = 0; c < image.size(0); ++c) {
    const float* value = voxels.const_data_ptr<float>() + c * count;
    for (int64_t i = 0; i < count; ++i) state[i] |= static_cast<uint8_t>(value[i] != 0);
  }
  OutsideFill outside(state, grid);
  for (int64_t z = 0; z < grid.depth; ++z) {
    for (int64_t y = 0; y < grid.height; ++y) {
      const bool border = z == 0 || z + 1 == grid.depth || y == 0 || y + 1 == grid.height;
      const int64_t step = border ? 1 : std::max<int64_t>(1, grid.width - 1);
      for (int64_t x = 0; x < grid.width; x += step) outside.from(z, y, x);
    }
  }
  Tensor mask = at::empty({1, grid.depth, grid.height, grid.width}, at::kShort);
  std::transform(state.begin(), state.end(), mask.mutable_data_ptr<int16_t>(),
                 [](uint8_t one) { return static_cast<int16_t>(one != 2); });
  return mask;
}

}  // namespace tazuna
