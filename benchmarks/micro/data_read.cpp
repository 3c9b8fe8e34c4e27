// SPDX-License-Identifier: Apache-2.0
// Reading files: a compressed int16 image as float32 and as labels, decompression and digest alone.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <cstring>

#include "benchmarks/micro/data_scene.hpp"
#include "image/gzip.hpp"
#include "image/volume.hpp"

namespace tazuna::benchmarks {
namespace {

// Argument: 1 for an image without noise around the head.
struct Scan {
  explicit Scan(const benchmark::State& state)
      : voxels(head({176, 256, 256}, state.range(0) != 0)),
        file(scratch_folder() / (state.range(0) != 0 ? "dark.nii.gz" : "noisy.nii.gz")) {
    Geometry grid;
    grid.size = {176, 256, 256};
    if (!std::filesystem::exists(file)) write_labels(file, voxels[0].to(at::kShort), grid, {});
  }
  Tensor voxels;
  std::filesystem::path file;
};

/// Bytes as the voxels are stored.
void count_bytes(benchmark::State& state, const Scan& scan) {
  state.SetBytesProcessed(state.iterations() * scan.voxels.numel() * 2);
}

void read_float(benchmark::State& state) {
  const Scan scan(state);
  for (auto _ : state) benchmark::DoNotOptimize(read_image(scan.file));
  count_bytes(state, scan);
}

void read_label_map(benchmark::State& state) {
  const Scan scan(state);
  for (auto _ : state) benchmark::DoNotOptimize(read_labels(scan.file));
  count_bytes(state, scan);
}

void decompress(benchmark::State& state) {
  const Scan scan(state);
  const Bytes stream = read_bytes(scan.file);
  Bytes out(static_cast<size_t>(scan.voxels.numel() * 2 + 352));
  for (auto _ : state) gunzip(stream, out);
  count_bytes(state, scan);
}

void digest(benchmark::State& state) {
  const Scan scan(state);
  const Bytes stream = read_bytes(scan.file);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(stream));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(stream.size()));
}

void kinds(benchmark::internal::Benchmark* cases) {
  cases->ArgName("dark")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(read_float)->Apply(kinds);
BENCHMARK(read_label_map)->Apply(kinds);
BENCHMARK(decompress)->Apply(kinds);
BENCHMARK(digest)->Apply(kinds);

}  // namespace
}  // namespace tazuna::benchmarks
