// SPDX-License-Identifier: Apache-2.0
// A tile's logits added into the sum with Gaussian weights: in one pass, and by ATen's operations.
#include "kernels/gaussian.hpp"

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

namespace tazuna {
namespace {

constexpr std::array<int64_t, 3> low{8, 16, 8};

// Arguments: classes, edge of the tile, 1 for bf16.
struct Tile {
  explicit Tile(const benchmark::State& state)
      : logits(at::randn({state.range(0), state.range(1), state.range(1), state.range(1)},
                         state.range(2) ? at::kBFloat16 : at::kFloat)),
        weights(gaussian_weights({state.range(1), state.range(1), state.range(1)})),
        sum(at::zeros({state.range(0), 2 * state.range(1), 2 * state.range(1), 2 * state.range(1)})) {}
  Tensor logits, weights, sum;
};

void count_bytes(benchmark::State& state, const Tile& tile) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(tile.logits.nbytes()));
}

void one_pass(benchmark::State& state) {
  Tile tile(state);
  for (auto _ : state) add_weighted(tile.sum, tile.logits, tile.weights, low);
  count_bytes(state, tile);
}

void aten(benchmark::State& state) {
  Tile tile(state);
  const int64_t edge = state.range(1);
  Tensor box = tile.sum.narrow(1, low[0], edge).narrow(2, low[1], edge).narrow(3, low[2], edge);
  for (auto _ : state) box.add_(tile.logits.to(at::kFloat) * tile.weights);
  count_bytes(state, tile);
}

void tiles(benchmark::internal::Benchmark* cases) {
  cases->ArgNames({"classes", "edge", "bf16"});
  cases->ArgsProduct({{3, 20}, {32, 96}, {0, 1}})->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(one_pass)->Apply(tiles);
BENCHMARK(aten)->Apply(tiles);

}  // namespace
}  // namespace tazuna
