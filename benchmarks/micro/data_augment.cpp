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

/// Voxels along each edge, 0 for 40x56x40.
std::array<int64_t, 3> patch_of(int64_t edge) {
  return edge ? std::array{edge, edge, edge} : std::array<int64_t, 3>{40, 56, 40};
}

/// Of a case that a patch is cut from the middle of.
std::array<int64_t, 3> case_around(const std::array<int64_t, 3>& patch) {
  return {patch[0] * 5 / 3, patch[1] * 5 / 3, patch[2] * 5 / 3};
}
std::array<double, 3> middle_of(const std::array<int64_t, 3>& size) {
  std::array<double, 3> centre{};
  for (int axis = 0; axis < 3; ++axis) centre[axis] = 0.5 * static_cast<double>(size[axis] - 1);
  return centre;
}

// Arguments: channels; edge of the patch (patch_of); 1 for all of it each time.
void patch(benchmark::State& state) {
  at::set_num_threads(1);
  const std::array<int64_t, 3> size = patch_of(state.range(1)), whole = case_around(size);
  const std::array<double, 3> centre = middle_of(whole);
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

/// Rotation and scaling of one channel; 1 for cubic interpolation; 1 with labels.
void affine(benchmark::State& state) {
  at::set_num_threads(1);
  const std::array<int64_t, 3> size = patch_of(state.range(0)), whole = case_around(size);
  const std::array<double, 3> centre = middle_of(whole);
  Sample sample = prepared_case(1, whole);
  if (state.range(2) == 0) sample.maps.clear();
  AffineOptions options;
  options.rotate_probability = options.scale_probability = 1;
  if (state.range(1) != 0) options.interpolation = "cubic";
  int64_t key = 0;
  for (auto _ : state) {
    Random random{"benchmark", key++};
    benchmark::DoNotOptimize(cut_patch(sample, size, centre, draw(options, random, size)));
  }
}
BENCHMARK(affine)
    ->ArgNames({"edge", "cubic", "labels"})
    ->ArgsProduct({{0, 96}, {0, 1}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

/// One augmentation of one channel; edge of the patch (patch_of).
template <class Options>
void one(benchmark::State& state) {
  at::set_num_threads(1);
  const TransformEntry entry = always(Options{});
  Sample sample = prepared_case(1, patch_of(state.range(0)));
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
BENCHMARK(one<NoiseOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<BlurOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<BrightnessOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<ContrastOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<LowResolutionOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<GammaOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);
BENCHMARK(one<MirrorOptions>)->ArgName("edge")->Arg(0)->Arg(96)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tazuna::benchmarks
