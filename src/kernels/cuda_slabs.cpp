// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_slabs.hpp"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <initializer_list>

#include "kernels/cuda_kernels.hpp"
#include "kernels/cuda_launch.hpp"

namespace tazuna {

namespace {

constexpr int64_t most_planes = 65535;  // of a grid's third axis

/// True where kernels are there and all tensors lie on one GPU.
bool share_a_gpu(std::initializer_list<const Tensor*> tensors) {
  const at::Device device = (*tensors.begin())->device();
  return cuda_kernels() && device.is_cuda() &&
         std::ranges::all_of(tensors, [&](const Tensor* one) { return one->device() == device; });
}

}  // namespace

bool add_weighted_on_cuda(Tensor& sum, const Tensor& logits, const Tensor& weights,
                          const std::array<int64_t, 3>& low, at::IntArrayRef mirrored) {
  const bool bf16 = logits.scalar_type() == at::kBFloat16;
  if (!share_a_gpu({&sum, &logits, &weights}) || sum.scalar_type() != at::kFloat ||
      (!bf16 && logits.scalar_type() != at::kFloat) || logits.numel() == 0 || logits.size(1) > most_planes)
    return false;
  const c10::DeviceGuard device(sum.device());
  const Tensor weight = weights.to(at::kFloat).contiguous();
  Tensor box = sum;
  for (int64_t axis = 0; axis < 3; ++axis) box = box.narrow(axis + 1, low[axis], logits.size(axis + 1));
  WeightedTile work{.classes = logits.size(0),
                    .bf16 = bf16,
                    .weights = weight.const_data_ptr<float>(),
                    .sum = box.mutable_data_ptr<float>()};
  std::ranges::copy(logits.sizes().slice(1), work.size);
  std::ranges::copy(logits.strides(), work.logit_strides);
  std::ranges::copy(box.strides(), work.sum_strides);
  int64_t first = 0;  // place of the logit that is added to the box's first voxel
  for (const int64_t axis : mirrored) {
    int64_t& stride = work.logit_strides[axis + 1];
    first += (logits.size(axis + 1) - 1) * stride;
    stride = -stride;
  }
  work.logits =
      static_cast<const char*>(logits.const_data_ptr()) + first * static_cast<int64_t>(logits.element_size());
  launch("the sum of tiles", sum.device(), cuda_kernels()->add_weighted, work);
  return true;
}

bool label_planes_on_cuda(const LogitPlanes& logits, int64_t source_depth, int64_t first, int64_t end,
                          Tensor& labels) {
  if (!share_a_gpu({&logits.planes, &labels}) || end - first > most_planes) return false;
  if (first >= end) return true;
  const c10::DeviceGuard device(labels.device());
  const Tensor planes = logits.planes.to(at::kFloat).contiguous();
  const Tensor last = logits.last.defined() ? logits.last.to(planes.options()).contiguous() : logits.last;
  LabelledPlanes work{.classes = planes.size(0),
                      .planes = planes.const_data_ptr<float>(),
                      .last = last.defined() ? last.const_data_ptr<float>() : nullptr,
                      .begin = logits.begin,
                      .count = planes.size(1),
                      .source = {source_depth, planes.size(2), planes.size(3)},
                      .target = {labels.size(0), labels.size(1), labels.size(2)},
                      .first = first,
                      .end = end,
                      .labels = labels.mutable_data_ptr<int16_t>()};
  launch("the labels of a slab", labels.device(), cuda_kernels()->label_planes, work);
  return true;
}

}  // namespace tazuna
