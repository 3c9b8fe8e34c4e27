// SPDX-License-Identifier: Apache-2.0
#include "image/placement.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Sizes = std::array<int64_t, 3>;

void expect_size(const Tensor& tensor, const char* name, const Sizes& size) {
  expect_axes(tensor, name, 4, "C, D, H, W");
  if (tensor.sizes().slice(1) == at::IntArrayRef(size)) return;
  throw Error(
      cat(name, ": expected ", shape_text(size), " voxels, but got ", shape_text(tensor.sizes().slice(1))));
}

/// Tensor dimensions that put native axes into working order: {0, 1 + axis...}.
std::array<int64_t, 4> permutation(const AxisOrder& order) {
  return {0, 1 + order.axis[0], 1 + order.axis[1], 1 + order.axis[2]};
}

std::vector<int64_t> flipped_dimensions(const AxisOrder& order) {
  std::vector<int64_t> dimensions;
  for (int axis = 0; axis < 3; ++axis) {
    if (order.flip[axis]) dimensions.push_back(1 + axis);
  }
  return dimensions;
}

/// The part of a native [C, D, H, W] tensor that the crop covers, in working axis order but not yet flipped;
/// a view.
Tensor crop_view(const Tensor& native, const Placement& placement) {
  Tensor view = native.permute(permutation(placement.axes));
  const Box& crop = placement.crop;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t size = view.size(1 + axis);
    if (crop.low[axis] < 0 || crop.high[axis] > size || crop.low[axis] > crop.high[axis]) {
      throw Error(cat("crop of axis ", axis, " is ", crop.low[axis], " to ", crop.high[axis],
                      "; it must lie within 0 to ", size));
    }
    const int64_t start = placement.axes.flip[axis] ? size - crop.high[axis] : crop.low[axis];
    view = view.narrow(1 + axis, start, crop.high[axis] - crop.low[axis]);
  }
  return view;
}

}  // namespace

Tensor to_cropped(const Tensor& native, const Placement& placement) {
  expect_size(native, "native image", placement.native.size);
  const Tensor view = crop_view(native, placement);
  const auto flips = flipped_dimensions(placement.axes);
  return flips.empty() ? view.clone(at::MemoryFormat::Contiguous) : view.flip(flips).contiguous();
}

Tensor to_native(const Tensor& cropped, const Placement& placement, double outside) {
  expect_size(cropped, "cropped map", placement.cropped_size());
  const Sizes& size = placement.native.size;
  Tensor native = at::full({cropped.size(0), size[0], size[1], size[2]}, outside, cropped.options());
  const auto flips = flipped_dimensions(placement.axes);
  crop_view(native, placement).copy_(flips.empty() ? cropped : cropped.flip(flips));
  return native;
}

}  // namespace tazuna
