// SPDX-License-Identifier: Apache-2.0
// HD95, ASSD and NSD of one structure in 182x218x182 voxels.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "metrics/surface.hpp"

namespace tazuna::benchmarks {
namespace {

constexpr std::array<int64_t, 3> size{182, 218, 182};

/// An ellipsoid with these half axes and a rough surface, int16 [D, H, W].
Tensor rough_ellipsoid(const std::array<double, 3>& half, double roughness, double shift) {
  Tensor radius = roughness * at::upsample_trilinear3d(at::randn({1, 1, 46, 55, 46}), size, false)[0][0];
  for (int axis = 0; axis < 3; ++axis) {
    std::array<int64_t, 3> shape{1, 1, 1};
    shape[axis] = size[axis];
    const double middle = 0.5 * static_cast<double>(size[axis]) + shift;
    radius = radius + ((at::arange(size[axis]) - middle) / half[axis]).square().view(shape);
  }
  return radius.lt(1).to(at::kShort).contiguous();
}

// Arguments: half axes in percent of 20x30x15 voxels; how far the two lie apart in voxels.
void surface(benchmark::State& state) {
  at::set_num_threads(1);
  at::manual_seed(4);
  const double scale = static_cast<double>(state.range(0)) / 100;
  const std::array<double, 3> half{20 * scale, 30 * scale, 15 * scale};
  const Tensor predicted = rough_ellipsoid(half, 0.15, static_cast<double>(state.range(1)));
  const Tensor reference = rough_ellipsoid(half, 0.15, 0);
  for (auto _ : state) benchmark::DoNotOptimize(surface_scores(predicted, reference, 1, {1, 1, 1}).assd_mm);
}
BENCHMARK(surface)
    ->ArgNames({"percent", "apart"})
    ->ArgsProduct({{100, 300}, {0, 20}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tazuna::benchmarks
