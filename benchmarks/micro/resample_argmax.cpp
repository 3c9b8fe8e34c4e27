// SPDX-License-Identifier: Apache-2.0
// Labels on the native grid from logits on the working grid, with and without shares of the classes: in one
// pass, and by upsampling all classes.
#include "kernels/resample_argmax.hpp"

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

namespace tazuna {
namespace {

constexpr std::array<int64_t, 3> source{80, 96, 80}, target{112, 134, 112};

Tensor logits_of(const benchmark::State& state) {
  return at::randn({state.range(0), source[0], source[1], source[2]});
}

void count_voxels(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * target[0] * target[1] * target[2]);
}

void one_pass(benchmark::State& state) {
  const Tensor logits = logits_of(state);
  for (auto _ : state) {
    ResampleArgmax labels(logits.size(0), source, target);
    labels.add(logits);
    benchmark::DoNotOptimize(labels.finish());
  }
  count_voxels(state);
}

void upsample_then_argmax(benchmark::State& state) {
  const Tensor logits = logits_of(state);
  for (auto _ : state) benchmark::DoNotOptimize(resample_argmax_reference(logits, target));
  count_voxels(state);
}

void one_pass_with_shares(benchmark::State& state) {
  const Tensor logits = logits_of(state);
  const std::array<int64_t, 3> next{target[1] * target[2], target[2], 1};
  for (auto _ : state) {
    Tensor shares = at::empty({logits.size(0), target[0], target[1], target[2]});
    ResampleArgmax labels(
        logits.size(0), source, target,
        {.shares = shares.data_ptr<float>(), .next_class = target[0] * next[0], .next = next});
    labels.add(logits);
    benchmark::DoNotOptimize(labels.finish());
  }
  count_voxels(state);
}

void upsample_then_softmax_and_argmax(benchmark::State& state) {
  const Tensor logits = logits_of(state);
  for (auto _ : state) {
    const Tensor shares = resample_shares_reference(logits, target);
    benchmark::DoNotOptimize(shares.argmax(0).to(at::kShort));
  }
  count_voxels(state);
}

void one_pass_with_entropy(benchmark::State& state) {
  const Tensor logits = logits_of(state);
  for (auto _ : state) {
    Tensor entropy = at::empty(target);
    ResampleArgmax labels(
        logits.size(0), source, target,
        {.entropy = entropy.data_ptr<float>(), .next = {target[1] * target[2], target[2], 1}});
    labels.add(logits);
    benchmark::DoNotOptimize(labels.finish());
  }
  count_voxels(state);
}

void classes(benchmark::internal::Benchmark* cases) {
  cases->ArgName("classes")->Arg(3)->Arg(10)->Arg(40)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(one_pass)->Apply(classes);
BENCHMARK(one_pass_with_shares)->Apply(classes);
BENCHMARK(one_pass_with_entropy)->Apply(classes);
BENCHMARK(upsample_then_argmax)->Apply(classes);
BENCHMARK(upsample_then_softmax_and_argmax)->Apply(classes);

}  // namespace
}  // namespace tazuna
