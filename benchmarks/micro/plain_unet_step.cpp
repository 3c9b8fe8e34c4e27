// SPDX-License-Identifier: Apache-2.0
// The plain LibTorch program that P3 and P5 are measured against: step and inference of the 64^3 U-Net.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "benchmarks/micro/plain_unet.hpp"

namespace tazuna::benchmarks {
namespace {

constexpr int64_t rows = 2;
constexpr std::array<int64_t, 3> size{64, 64, 64};

void train_step(benchmark::State& state) {
  const UnetShape shape;
  PlainTraining training(shape, at::kCPU, state.range(0) != 0);
  const Scene scene = random_scene(shape, rows, size);
  for (auto _ : state) benchmark::DoNotOptimize(training.step(scene));
}

void infer(benchmark::State& state) {
  const UnetShape shape;
  PlainTraining training(shape, at::kCPU, state.range(0) != 0);
  const Tensor image = random_scene(shape, rows, size).image;
  for (auto _ : state) benchmark::DoNotOptimize(training.infer(image));
}

BENCHMARK(train_step)->ArgName("bf16")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(infer)->ArgName("bf16")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tazuna::benchmarks
