// SPDX-License-Identifier: Apache-2.0
// The fused norm + LeakyReLU (+ residual) against the same in ATen's operations, forward and backward.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "kernels/instance_norm.hpp"

namespace tazuna {
namespace {

enum class Way { fused, aten };

// Of one layer: what instance_norm() is given.
struct Layer {
  Tensor input, weight, bias, residual;
};

// Arguments: channels, edge of the cube, 1 for channels-last, 1 for bf16, 1 with a residual.
Layer layer_of(const benchmark::State& state, bool gradients) {
  const int64_t channels = state.range(0), edge = state.range(1);
  const auto format = state.range(2) ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous;
  const at::TensorOptions options = state.range(3) ? at::kBFloat16 : at::kFloat;
  const auto features = [&] {
    return at::randn({2, channels, edge, edge, edge}, options)
        .contiguous(format)
        .set_requires_grad(gradients);
  };
  Layer layer{.input = features()};
  layer.weight = at::rand({channels}).set_requires_grad(gradients);
  layer.bias = at::randn({channels}).set_requires_grad(gradients);
  if (state.range(4)) layer.residual = features();
  return layer;
}

Tensor normed(Way way, const Layer& layer) {
  constexpr double slope = 0.01;
  return way == Way::fused
             ? instance_norm(layer.input, layer.weight, layer.bias, layer.residual, slope)
             : instance_norm_reference(layer.input, layer.weight, layer.bias, layer.residual, slope);
}

void count_bytes(benchmark::State& state, const Layer& layer) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(layer.input.nbytes()));
}

void forward(benchmark::State& state, Way way) {
  const at::NoGradGuard no_grad;
  const Layer layer = layer_of(state, /*gradients=*/false);
  for (auto _ : state) benchmark::DoNotOptimize(normed(way, layer));
  count_bytes(state, layer);
}

void forward_and_backward(benchmark::State& state, Way way) {
  Layer layer = layer_of(state, /*gradients=*/true);
  const Tensor slopes = at::randn_like(normed(way, layer));
  for (auto _ : state) {
    normed(way, layer).backward(slopes);
    for (Tensor* leaf : {&layer.input, &layer.weight, &layer.bias, &layer.residual})
      if (leaf->defined()) leaf->mutable_grad().reset();
  }
  count_bytes(state, layer);
}

// The sizes of a 64^3 patch on its way down.
void sizes(benchmark::internal::Benchmark* cases) {
  cases->ArgNames({"channels", "edge", "last", "bf16", "residual"});
  const std::vector<std::pair<int64_t, int64_t>> stages{{16, 64}, {32, 32}, {128, 8}};
  for (const auto& [channels, edge] : stages)
    for (const int last : {0, 1})
      for (const int bf16 : {0, 1})
        for (const int residual : {0, 1}) cases->Args({channels, edge, last, bf16, residual});
  cases->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK_CAPTURE(forward, fused, Way::fused)->Apply(sizes);
BENCHMARK_CAPTURE(forward, aten, Way::aten)->Apply(sizes);
BENCHMARK_CAPTURE(forward_and_backward, fused, Way::fused)->Apply(sizes);
BENCHMARK_CAPTURE(forward_and_backward, aten, Way::aten)->Apply(sizes);

}  // namespace
}  // namespace tazuna
