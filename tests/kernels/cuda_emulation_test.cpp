// SPDX-License-Identifier: Apache-2.0
// The CUDA kernels, compiled for the processor and run thread by thread: without a GPU this shows what of
// them can be shown.
#include "tests/kernels/emulated_cuda.hpp"

#include "kernels/cuda/instance_norm.cu"
#include "kernels/cuda/instance_norm_backward.cu"
#include "kernels/cuda/slabs.cu"
#include "kernels/gaussian.hpp"
#include "kernels/resample_argmax.hpp"
#include "tests/kernels/norm_cases.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

/// A case's tensors as the kernels see them; what is to be written holds NaN before.
struct Emulated {
  NormCase one;
  Tensor input, weight, bias, residual, slopes;
  Tensor output, mean, rstd, input_slopes, residual_slopes, bias_slopes, weight_slopes, workspace;
  NormShape shape;

  Emulated(const NormCase& one, const NormTruth& truth, bool aligned)
      : one(one),
        input(channels_last_on(truth.input, at::kCPU, one.type)),
        weight(truth.weight.to(at::kFloat)),
        bias(truth.bias.to(at::kFloat)),
        residual(channels_last_on(truth.residual, at::kCPU, one.type)),
        slopes(channels_last_on(truth.slopes, at::kCPU, one.type)),
        shape{.rows = one.size[0],
              .voxels = one.size[2] * one.size[3] * one.size[4],
              .channels = one.size[1],
              .bf16 = one.type == at::kBFloat16,
              .aligned = aligned} {
    const auto unknown = [](const Tensor& like) { return at::full_like(like, std::nan("")); };
    output = unknown(input);
    input_slopes = unknown(input);
    residual_slopes = unknown(input);
    mean = at::full({one.size[0], one.size[1]}, std::nan(""), at::kFloat);
    rstd = unknown(mean);
    bias_slopes = unknown(mean);
    weight_slopes = unknown(mean);
    workspace = at::full({norm_workspace(shape)}, std::nan(""), at::kFloat);
  }
  /// Whether the backward pass reads the output.
  bool kept() const { return one.residual && one.slope != 1; }
  void forward() {
    instance_norm_forward_cuda({.shape = shape,
                                .input = input.data_ptr(),
                                .residual = residual.defined() ? residual.data_ptr() : nullptr,
                                .weight = weight.data_ptr<float>(),
                                .bias = bias.data_ptr<float>(),
                                .slope = static_cast<float>(one.slope),
                                .epsilon = 1e-5F,
                                .output = output.data_ptr(),
                                .mean = mean.data_ptr<float>(),
                                .rstd = rstd.data_ptr<float>(),
                                .workspace = workspace.data_ptr<float>()},
                               nullptr);
  }
  void backward() {
    workspace.fill_(std::nan(""));
    instance_norm_backward_cuda({.shape = shape,
                                 .slopes = slopes.data_ptr(),
                                 .input = input.data_ptr(),
                                 .output = kept() ? output.data_ptr() : nullptr,
                                 .weight = weight.data_ptr<float>(),
                                 .bias = bias.data_ptr<float>(),
                                 .mean = mean.data_ptr<float>(),
                                 .rstd = rstd.data_ptr<float>(),
                                 .slope = static_cast<float>(one.slope),
                                 .input_slopes = input_slopes.data_ptr(),
                                 .residual_slopes = kept() ? residual_slopes.data_ptr() : nullptr,
                                 .bias_slopes = bias_slopes.data_ptr<float>(),
                                 .weight_slopes = weight_slopes.data_ptr<float>(),
                                 .workspace = workspace.data_ptr<float>()},
                                nullptr);
  }
};

void check(const NormCase& one, bool aligned) {
  const NormTruth truth(one);
  Emulated kernels(one, truth, aligned);
  DOCTEST_CAPTURE(shape_text(one.size));
  kernels.forward();
  DOCTEST_CHECK(apart(kernels.output, truth.output) < (one.type == at::kFloat ? 5e-5 : 4e-3));
  DOCTEST_CHECK(apart(kernels.mean, truth.mean) < 1e-6);
  DOCTEST_CHECK(apart(kernels.rstd, truth.rstd) < 1e-4);
  kernels.backward();
  DOCTEST_CHECK(apart(kernels.input_slopes, truth.input.grad(), truth.steepness) < one.bound());
  DOCTEST_CHECK(apart(kernels.weight_slopes.sum(0), truth.weight.grad()) < one.bound());
  DOCTEST_CHECK(apart(kernels.bias_slopes.sum(0), truth.bias.grad()) < one.bound());
  if (kernels.kept()) DOCTEST_CHECK(apart(kernels.residual_slopes, truth.residual.grad()) < one.bound());
}

/// Labels by the kernel, with the source planes handed over in slabs of `slab`.
Tensor labelled(const Tensor& logits, const std::array<int64_t, 3>& target, int64_t slab) {
  const int64_t depth = logits.size(1);
  const LinearAxis axis = linear_axis(depth, target[0]);
  Tensor labels = at::full(target, -7, at::kShort), last;
  for (int64_t begin = 0, done = 0; begin < depth; begin += slab) {
    const int64_t count = std::min(slab, depth - begin);
    const Tensor planes = logits.narrow(1, begin, count).contiguous();
    int64_t end = done;
    while (end < target[0] && axis.high[static_cast<size_t>(end)] < begin + count) ++end;
    if (done < end) {
      label_planes_cuda({.classes = logits.size(0),
                         .planes = planes.const_data_ptr<float>(),
                         .last = last.defined() ? last.const_data_ptr<float>() : nullptr,
                         .begin = begin,
                         .count = count,
                         .source = {depth, logits.size(2), logits.size(3)},
                         .target = {target[0], target[1], target[2]},
                         .first = done,
                         .end = end,
                         .labels = labels.mutable_data_ptr<int16_t>()},
                        nullptr);
    }
    done = end;
    last = planes.narrow(1, count - 1, 1).contiguous();
  }
  return labels;
}

}  // namespace

DOCTEST_TEST_SUITE("kernels/cuda_emulation") {
  DOCTEST_TEST_CASE(
      "the norm's kernels agree with the reference of double precision, with wide accesses or not") {
    for (const NormCase& one : norm_cases()) {
      const bool wide = one.size[1] % (one.type == at::kFloat ? 4 : 8) == 0;
      check(one, wide);
      if (wide && one.size[1] == 8) check(one, /*aligned=*/false);
    }
  }

  DOCTEST_TEST_CASE("the kernel of tiles adds the CPU's bits, whatever the layout of the logits") {
    const Tensor weights = gaussian_weights({5, 7, 39});
    for (const bool channels_last : {false, true}) {
      Tensor logits = at::randn({1, 3, 5, 7, 39});
      if (channels_last) logits = logits.contiguous(at::MemoryFormat::ChannelsLast3d);
      Tensor expected = at::randn({3, 8, 12, 60}), sum = expected.clone();
      add_weighted(expected, logits[0].contiguous(), weights, {2, 3, 4});
      WeightedTile work{.classes = 3, .logits = logits.data_ptr(), .weights = weights.data_ptr<float>()};
      const Tensor box = sum.narrow(1, 2, 5).narrow(2, 3, 7).narrow(3, 4, 39);
      work.sum = box.data_ptr<float>();
      std::ranges::copy(logits[0].sizes().slice(1), work.size);
      std::ranges::copy(logits[0].strides(), work.logit_strides);
      std::ranges::copy(box.strides(), work.sum_strides);
      add_weighted_cuda(work, nullptr);
      DOCTEST_CHECK(at::equal(sum, expected));
    }
  }

  DOCTEST_TEST_CASE("the kernel of labels has the CPU's bits, however the planes come") {
    const std::vector<std::array<int64_t, 3>> targets = {{31, 40, 55}, {9, 11, 7}, {20, 24, 28}, {1, 1, 1}};
    const Tensor logits = at::randn({4, 20, 24, 28});
    for (const auto& target : targets) {
      ResampleArgmax reference(4, {20, 24, 28}, target);
      reference.add(logits);
      const Tensor expected = reference.finish();
      for (const int64_t slab : {1, 3, 20}) {
        DOCTEST_CAPTURE(slab);
        DOCTEST_CHECK(at::equal(labelled(logits, target, slab), expected));
      }
    }
  }
}
