// SPDX-License-Identifier: Apache-2.0
#include "data/working_grid.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "data/case_files.hpp"
#include "data/slice_cut.hpp"
#include "image/resample.hpp"

namespace tazuna {
namespace {

/// A box of the native grid in the axes of `order`.
Box reordered_box(const Box& native, const Geometry& grid, const AxisOrder& order) {
  Box box;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto from = static_cast<size_t>(order.axis[axis]);
    const int64_t size = grid.size[from];
    box.low[axis] = order.flip[axis] ? size - native.high[from] : native.low[from];
    box.high[axis] = order.flip[axis] ? size - native.low[from] : native.high[from];
  }
  return box;
}

/// Python's round(): halves go to the even number.
std::array<int64_t, 3> resampled_size(const Geometry& from, const std::array<double, 3>& spacing) {
  std::array<int64_t, 3> size;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double exact = from.spacing[axis] / spacing[axis] * static_cast<double>(from.size[axis]);
    size[axis] = std::max<int64_t>(1, std::llrint(exact));
  }
  return size;
}

}  // namespace

WorkingGrid working_grid(const Subject& subject, const Volume& image, const NativeHeader& header,
                         const Preparation& preparation) {
  std::array<int, 3> arrange;
  std::array<double, 3> spacing;
  std::copy_n(preparation.arrange.begin(), 3, arrange.begin());
  std::copy_n(preparation.spacing.begin(), 3, spacing.begin());
  WorkingGrid grid;
  Placement& placement = grid.placement;
  placement.native = image.geometry;
  placement.header = header;
  placement.axes = canonical_order(image.geometry, arrange);
  std::optional<size_t> across;  // the working axis that a slice has no depth along
  if (preparation.slice_axis.empty()) {
    placement.crop = reordered_box(nonzero_box(image.voxels), image.geometry, placement.axes);
  } else {
    const SlicePlane plane =
        slice_plane(subject, image.geometry, preparation.slice_axis, preparation.slice_column);
    const Volume slice = slice_of(image, plane.axis, plane.index);
    placement.crop = reordered_box(nonzero_box(slice.voxels), slice.geometry, placement.axes);
    across = static_cast<size_t>(std::find(arrange.begin(), arrange.end(), plane.axis) - arrange.begin());
    placement.crop.low[*across] = plane.index;
    placement.crop.high[*across] = plane.index + 1;
  }
  grid.cropped = cropped(reordered(image.geometry, placement.axes), placement.crop);
  std::array<int64_t, 3> size = resampled_size(grid.cropped, spacing);
  if (across) size[*across] = 1;
  placement.working = resized(grid.cropped, size);
  grid.apart = axis_resampled_apart(grid.cropped.spacing, spacing);
  return grid;
}

Volume working_map(const Subject& subject, const std::string& selector, const std::string& sequence,
                   const WorkingGrid& grid, bool keep_volumes) {
  const Volume native = read_map(subject, selector).volume;
  expect_one_grid(sequence, grid.placement.native, selector, native.geometry);
  const Tensor values = to_cropped(native.voxels, grid.placement);
  const auto resize = keep_volumes ? resized_labels_keeping_volume : resized_labels;
  const Tensor resampled = resize(values, grid.placement.working.size, grid.apart);
  return {resampled.to(at::kShort).contiguous(), grid.placement.working};
}

}  // namespace tazuna
