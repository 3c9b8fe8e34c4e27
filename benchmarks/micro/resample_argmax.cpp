// SPDX-License-Identifier: Apache-2.0
// Labels on the native grid from logits on the working grid: in one pass, and by upsampling all classes.
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

void classes(benchmark::internal::Benchmark* cases) {
  cases->ArgName("classes")->Arg(3)->Arg(10)->Arg(40)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(one_pass)->Apply(classes);
BENCHMARK(upsample_then_argmax)->Apply(classes);

}  // namespace
}  // namespace tazuna
