// SPDX-License-Identifier: Apache-2.0
// Patches on one thread: nnU-Net's recipe as it is drawn, all of it each time, and each augmentation alone.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "benchmarks/micro/data_scene.hpp"
#include "data/sampler.hpp"

namespace tazuna::benchmarks {
namespace {

template <class Options>
TransformEntry always(Options options) {
  options.probability = 1;
  if constexpr (requires { options.channel_probability; }) options.channel_probability = 1;
  if constexpr (requires { options.inverted_probability; }) options.inverted_probability = 1;
  return {options};
}

// Arguments: channels; voxels along each edge, 0 for 40x56x40; 1 for all of it each time.
void patch(benchmark::State& state) {
  at::set_num_threads(1);
  const int64_t edge = state.range(1);
  const std::array<int64_t, 3> size =
      edge ? std::array{edge, edge, edge} : std::array<int64_t, 3>{40, 56, 40};
  std::array<int64_t, 3> whole{};
  std::array<double, 3> centre{};
  for (int axis = 0; axis < 3; ++axis) {
    whole[axis] = size[axis] * 5 / 3;
    centre[axis] = 0.5 * static_cast<double>(whole[axis] - 1);
  }
  const Sample sample = prepared_case(state.range(0), whole);
  AugmentOptions options;
  if (state.range(2) != 0) {
    options.affine.rotate_probability = options.affine.scale_probability = 1;
    options.transforms = {
        always(NoiseOptions{}),    always(BlurOptions{}),          always(BrightnessOptions{}),
        always(ContrastOptions{}), always(LowResolutionOptions{}), always(GammaOptions{}),
        {MirrorOptions{}}};
  }
  int64_t key = 0;
  for (auto _ : state) {
    Random random{"benchmark", key++};
    benchmark::DoNotOptimize(patch_at(sample, centre, size, options, random));
  }
}
BENCHMARK(patch)
    ->ArgNames({"channels", "edge", "everything"})
    ->ArgsProduct({{1}, {0}, {0, 1}})
    ->ArgsProduct({{3}, {96}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

/// Rotation and scaling with labels, [1, 96, 96, 96].
void affine(benchmark::State& state) {
  at::set_num_threads(1);
  const Sample sample = prepared_case(1, {160, 160, 160});
  AffineOptions options;
  options.rotate_probability = options.scale_probability = 1;
  int64_t key = 0;
  for (auto _ : state) {
    Random random{"benchmark", key++};
    benchmark::DoNotOptimize(
        cut_patch(sample, {96, 96, 96}, {79.5, 79.5, 79.5}, draw(options, random, {96, 96, 96})));
  }
}
BENCHMARK(affine)->Unit(benchmark::kMillisecond);

/// One augmentation of [1, 96, 96, 96].
template <class Options>
void one(benchmark::State& state) {
  at::set_num_threads(1);
  const TransformEntry entry = always(Options{});
  Sample sample = prepared_case(1, {96, 96, 96});
  const Tensor image = sample.image.voxels;
  const Tensor work = image.clone();
  int64_t key = 0;
  for (auto _ : state) {
    state.PauseTiming();
    work.copy_(image);
    sample.image.voxels = work;
    state.ResumeTiming();
    Random random{"benchmark", key++};
    draw_and_apply(entry, random, sample);
  }
}
BENCHMARK(one<NoiseOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<BlurOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<BrightnessOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<ContrastOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<LowResolutionOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<GammaOptions>)->Unit(benchmark::kMillisecond);
BENCHMARK(one<MirrorOptions>)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tazuna::benchmarks
