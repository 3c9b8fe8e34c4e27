// SPDX-License-Identifier: Apache-2.0
#include "data/transforms/box.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"

namespace tazuna {
namespace {

using Size = std::array<int64_t, 3>;

template <class Value>
void copy_box(const Tensor& from, Tensor& to, const Size& start) {
  const auto source = from.sizes(), box = to.sizes();
  Size low, high;
  for (int axis = 0; axis < 3; ++axis) {
    low[axis] = std::clamp<int64_t>(-start[axis], 0, box[axis + 1]);
    high[axis] = std::clamp<int64_t>(source[axis + 1] - start[axis], low[axis], box[axis + 1]);
  }
  for (int64_t c = 0; c < source[0]; ++c) {
    for (int64_t z = low[0]; z < high[0]; ++z) {
      for (int64_t y = low[1]; y < high[1]; ++y) {
        const int64_t row = (c * source[1] + z + start[0]) * source[2] + y + start[1];
        std::memcpy(to.mutable_data_ptr<Value>() + ((c * box[1] + z) * box[2] + y) * box[3] + low[2],
                    from.const_data_ptr<Value>() + row * source[3] + start[2] + low[2],
                    static_cast<size_t>(high[2] - low[2]) * sizeof(Value));
      }
    }
  }
}

template <class Value>
Volume box_of(const Volume& from, const Size& start, const Size& size, bool page_locked) {
  const auto options = at::TensorOptions(from.voxels.scalar_type()).pinned_memory(page_locked);
  Volume to{at::zeros({from.voxels.size(0), size[0], size[1], size[2]}, options), from.geometry};
  to.geometry.size = size;
  copy_box<Value>(from.voxels, to.voxels, start);
  return to;
}

}  // namespace

std::array<int64_t, 3> start_about(const std::array<double, 3>& centre, const std::array<int64_t, 3>& size) {
  Size start;
  for (int axis = 0; axis < 3; ++axis) {
    const double first = centre[axis] - 0.5 * static_cast<double>(size[axis] - 1);
    start[axis] = static_cast<int64_t>(std::floor(first + 0.5));
  }
  return start;
}

void expect_cuttable(const Sample& sample) {
  const Tensor& image = sample.image.voxels;
  expect_axes(image, "image", 4, "C, D, H, W");
  if (image.scalar_type() != at::kFloat || !image.is_contiguous() || !image.is_cpu())
    throw Error("a patch can be cut only from a contiguous float32 image on the CPU");
  for (const auto& [selector, map] : sample.maps) {
    expect_axes(map.voxels, selector.c_str(), 4, "1, D, H, W");
    if (map.voxels.scalar_type() != at::kShort || !map.voxels.is_contiguous() || map.voxels.size(0) != 1 ||
        !map.voxels.is_cpu() || map.voxels.sizes().slice(1) != image.sizes().slice(1)) {
      throw Error(cat(selector, " is ", shape_text(map.voxels.sizes()), " but the image is ",
                      shape_text(image.sizes()), "; a patch needs a contiguous int16 map on the same grid"));
    }
  }
}

Sample cut_box(const Sample& sample, const std::array<int64_t, 3>& start, const std::array<int64_t, 3>& size,
               bool page_locked) {
  expect_cuttable(sample);
  Sample box;
  box.subject = sample.subject;
  box.present = sample.present;
  box.frame_seconds = sample.frame_seconds;
  box.image = box_of<float>(sample.image, start, size, page_locked);
  for (const auto& [selector, map] : sample.maps)
    box.maps.emplace(selector, box_of<int16_t>(map, start, size, page_locked));
  return box;
}

void move_to(at::Device device, Sample& sample) {
  const bool beside = !device.is_cpu();  // the CPU has to wait for what it reads next
  const auto move = [&](Tensor& voxels) { voxels = voxels.to(voxels.options().device(device), beside); };
  move(sample.image.voxels);
  for (auto& [selector, map] : sample.maps) move(map.voxels);
}

}  // namespace tazuna
