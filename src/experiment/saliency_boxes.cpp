// SPDX-License-Identifier: Apache-2.0
#include "experiment/saliency_boxes.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace tazuna {

namespace {

constexpr int64_t shell_voxels = 2;
constexpr double coarser = 1.01;  // from one trial edge to the next

using Counts = std::array<int64_t, 3>;

// How many boxes an axis has if none is longer than `edge` mm and none shorter than a voxel.
Counts counts_of(const std::array<int64_t, 3>& size, const std::array<double, 3>& spacing, double edge) {
  Counts counts;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double boxes = std::ceil(static_cast<double>(size[axis]) * spacing[axis] / edge - 1e-9);
    counts[axis] = static_cast<int64_t>(std::clamp(boxes, 1.0, static_cast<double>(size[axis])));
  }
  return counts;
}

Tensor part_of(const Tensor& image, const Box& box) {
  const auto size = box.size();
  return image.narrow(1, box.low[0], size[0]).narrow(2, box.low[1], size[1]).narrow(3, box.low[2], size[2]);
}

}  // namespace

std::vector<Box> boxes_of(const std::array<int64_t, 3>& size, const std::array<double, 3>& spacing,
                          int64_t most) {
  double edge = *std::min_element(spacing.begin(), spacing.end());
  Counts counts = counts_of(size, spacing, edge);
  while (counts[0] * counts[1] * counts[2] > std::max<int64_t>(1, most))
    counts = counts_of(size, spacing, edge *= coarser);
  std::vector<Box> boxes;
  for (int64_t z = 0; z < counts[0]; ++z)
    for (int64_t y = 0; y < counts[1]; ++y)
      for (int64_t x = 0; x < counts[2]; ++x) {
        const Counts place{z, y, x};
        Box box;
        for (size_t axis = 0; axis < 3; ++axis) {
          box.low[axis] = place[axis] * size[axis] / counts[axis];
          box.high[axis] = (place[axis] + 1) * size[axis] / counts[axis];
        }
        boxes.push_back(box);
      }
  return boxes;
}

Tensor with_box_filled(const Tensor& image, const Box& box) {
  Box around;
  for (size_t axis = 0; axis < 3; ++axis) {
    around.low[axis] = std::max<int64_t>(0, box.low[axis] - shell_voxels);
    around.high[axis] = std::min(image.size(static_cast<int64_t>(axis) + 1), box.high[axis] + shell_voxels);
  }
  const Tensor inner = part_of(image, box), outer = part_of(image, around);
  const int64_t shell = (outer.numel() - inner.numel()) / image.size(0);
  if (shell == 0) return image;
  const auto sum = [](const Tensor& part) { return part.sum({1, 2, 3}, /*keepdim=*/true, at::kDouble); };
  Tensor filled = image.clone();
  part_of(filled, box).copy_((sum(outer) - sum(inner)) / static_cast<double>(shell));
  return filled;
}

bool has_contrast(const Tensor& image, const Box& box) {
  const Tensor part = part_of(image, box);
  return part.amax({1, 2, 3}).ne(part.amin({1, 2, 3})).any().item<bool>();
}

Box native_box(const Box& box, const Placement& placement) {
  const auto cropped = placement.cropped_size();
  Box native;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto edge = [&](int64_t working) {
      return std::llround(static_cast<double>(working * cropped[axis]) /
                          static_cast<double>(placement.working.size[axis]));
    };
    const int64_t low = std::min<int64_t>(edge(box.low[axis]), cropped[axis] - 1);
    const int64_t high = std::max<int64_t>(edge(box.high[axis]), low + 1);
    const auto own = static_cast<size_t>(placement.axes.axis[axis]);
    const int64_t first = placement.crop.low[axis] + low, last = placement.crop.low[axis] + high;
    const int64_t size = placement.native.size[own];
    const bool flip = placement.axes.flip[axis];
    native.low[own] = flip ? size - last : first;
    native.high[own] = flip ? size - first : last;
  }
  return native;
}

}  // namespace tazuna
