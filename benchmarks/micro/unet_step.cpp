// SPDX-License-Identifier: Apache-2.0
// Tazuna's step and inference of the 64^3 U-Net, and its convolutions alone. The same network written plainly
// has a program of its own, bench_plain_unet, since the allocator is tuned here for the whole process.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "benchmarks/micro/bare_convolutions.hpp"
#include "benchmarks/micro/tazuna_unet.hpp"
#include "train/memory.hpp"

namespace tazuna::benchmarks {
namespace {

constexpr int64_t rows = 2;
constexpr std::array<int64_t, 3> size{64, 64, 64};

void train_step(benchmark::State& state) {
  const UnetShape shape;
  TazunaTraining training(shape, at::kCPU, state.range(0) != 0);
  const Batch batch = batch_of(random_scene(shape, rows, size));
  for (auto _ : state) training.step(batch);
}

void infer(benchmark::State& state) {
  const UnetShape shape;
  TazunaInference inference(shape, at::kCPU, state.range(0) != 0);
  const Tensor image = random_scene(shape, rows, size).image;
  for (auto _ : state) benchmark::DoNotOptimize(inference.infer(image));
}

void bare_convolutions(benchmark::State& state) {
  const BareConvolutions convolutions({}, rows, size, state.range(0) != 0, state.range(1) != 0);
  for (auto _ : state) convolutions.step();
  state.counters["FLOP/s"] =
      benchmark::Counter(convolutions.step_operations(), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(train_step)->ArgName("bf16")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(infer)->ArgName("bf16")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(bare_convolutions)
    ->ArgNames({"bf16", "last"})
    ->ArgsProduct({{0, 1}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace tazuna::benchmarks

int main(int argc, char** argv) {
  tazuna::Log log;
  tazuna::tune_allocator(log);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
