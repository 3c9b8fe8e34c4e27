// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_slabs.hpp"

#include <ATen/ATen.h>

#include "kernels/gaussian.hpp"
#include "kernels/resample_argmax.hpp"
#include "tests/kernels/gpu.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// Labels by the kernel, with the source planes handed over in slabs of `slab`.
Tensor labelled(const Tensor& logits, const std::array<int64_t, 3>& target, int64_t slab, at::Device device) {
  const int64_t depth = logits.size(1);
  const LinearAxis axis = linear_axis(depth, target[0]);
  Tensor labels = at::full(target, -7, at::TensorOptions(device).dtype(at::kShort));
  LogitPlanes at_hand;
  for (int64_t begin = 0, done = 0; begin < depth; begin += slab) {
    const int64_t count = std::min(slab, depth - begin);
    at_hand.planes = logits.narrow(1, begin, count).to(device);
    at_hand.begin = begin;
    int64_t end = done;
    while (end < target[0] && axis.high[end] < begin + count) ++end;
    DOCTEST_CHECK(label_planes_on_cuda(at_hand, depth, done, end, labels));
    done = end;
    at_hand.last = at_hand.planes.narrow(1, count - 1, 1);
  }
  return labels;
}

}  // namespace

DOCTEST_TEST_SUITE("kernels/cuda_slabs") {
  DOCTEST_TEST_CASE("tensors on the CPU are left to others and stay as they are") {
    Tensor sum = at::zeros({2, 4, 4, 4}), labels = at::zeros({4, 4, 4}, at::kShort);
    const Tensor logits = at::randn({2, 2, 2, 2}), weights = at::ones({2, 2, 2});
    DOCTEST_CHECK(!add_weighted_on_cuda(sum, logits, weights, {1, 1, 1}));
    DOCTEST_CHECK(sum.abs().max().item<float>() == 0);
    DOCTEST_CHECK(!label_planes_on_cuda({.planes = logits, .last = {}}, 2, 0, 4, labels));
  }

  DOCTEST_TEST_CASE("on a GPU tiles of any layout, mirrored or not, sum up to the CPU's bits") {
    const auto device = gpu();
    if (!device) return;
    const Tensor weights = gaussian_weights({5, 7, 9});
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      for (const bool channels_last : {false, true}) {
        for (const std::vector<int64_t>& mirrored : {std::vector<int64_t>{}, {0}, {1, 2}, {0, 1, 2}}) {
          Tensor logits = at::randn({1, 3, 5, 7, 9}).to(type);
          if (channels_last) logits = logits.contiguous(at::MemoryFormat::ChannelsLast3d);
          Tensor expected = at::randn({3, 8, 12, 20});
          Tensor sum = expected.to(*device);
          std::vector<int64_t> axes(mirrored);
          for (int64_t& axis : axes) ++axis;
          add_weighted(expected, at::flip(logits[0], axes).contiguous(), weights, {2, 3, 4});
          DOCTEST_CHECK(
              add_weighted_on_cuda(sum, logits.to(*device)[0], weights.to(*device), {2, 3, 4}, mirrored));
          DOCTEST_CHECK(at::equal(sum.cpu(), expected));
        }
      }
    }
  }

  DOCTEST_TEST_CASE("on a GPU labels on another grid have the CPU's bits, however the planes come") {
    const auto device = gpu();
    if (!device) return;
    const std::vector<std::array<int64_t, 3>> targets = {{31, 40, 55}, {9, 11, 7}, {20, 24, 28}, {1, 1, 1}};
    const Tensor logits = at::randn({4, 20, 24, 28});
    for (const auto& target : targets) {
      ResampleArgmax reference(4, {20, 24, 28}, target);
      reference.add(logits);
      const Tensor expected = reference.finish();
      for (const int64_t slab : {1, 3, 20}) {
        DOCTEST_CAPTURE(slab);
        DOCTEST_CHECK(at::equal(labelled(logits, target, slab, *device).cpu(), expected));
      }
    }
  }
}
