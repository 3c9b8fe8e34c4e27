// SPDX-License-Identifier: Apache-2.0
#pragma once

// How threads and blocks share a channels-last tensor, for both directions of the instance norm: every block
// sums up one chunk of a row's voxels for one tile of channels into the workspace, the chunks of a row are
// joined in a fixed order, and the tensor is passed over once more. No sum depends on the order in which
// blocks run.
#include "kernels/cuda/kernels.cuh"

namespace tazuna {

// Threads that join the chunks of a row: over its channels, over its chunks.
inline constexpr int joining_lanes = 32, joining_rows = 32;

/// Which part of the tensor a thread works on: V channels from `channel` on, of the voxels begin + i * step.
struct Part {
  int64_t row, place;  ///< place of the row's first voxel and the thread's first channel in memory
  int64_t begin, end, step;
  int64_t chunk;
  int channel;
  bool active;  ///< the tile's last threads may lie beyond the channels
};

template <int V>
__device__ Part part_of(const NormShape& shape, const NormTiling& tiling, int64_t chunk, int64_t row) {
  Part part;
  part.row = row;
  part.chunk = chunk;
  part.channel = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x) * V;
  part.active = part.channel < shape.channels;
  part.place = row * shape.voxels * shape.channels + part.channel;
  const int64_t end = (chunk + 1) * tiling.chunk;
  part.begin = chunk * tiling.chunk + threadIdx.y;
  part.end = end < shape.voxels ? end : shape.voxels;
  part.step = blockDim.y;
  return part;
}

/// The part for the first pass, and for the last one, which begins where the first ended: what was read last
/// is still in the cache.
template <int V>
__device__ Part part_forwards(const NormShape& shape, const NormTiling& tiling) {
  return part_of<V>(shape, tiling, blockIdx.x, blockIdx.z);
}
template <int V>
__device__ Part part_backwards(const NormShape& shape, const NormTiling& tiling) {
  return part_of<V>(shape, tiling, gridDim.x - 1 - blockIdx.x, gridDim.z - 1 - blockIdx.z);
}

/// Two numbers a channel that were made from `count` values, of V channels.
template <int V>
struct Pairs {
  static constexpr int channels = V;
  float count = 0, first[V] = {}, second[V] = {};
};

/// Means and sums of squared deviations.
template <int V>
struct Moments : Pairs<V> {
  __device__ __forceinline__ void join(const Moments& more) {
    if (more.count == 0) return;
    const float before = this->count;
    this->count += more.count;
    const float share = more.count / this->count;
#pragma unroll
    for (int i = 0; i < V; ++i) {
      const float apart = more.first[i] - this->first[i];
      this->first[i] += apart * share;
      this->second[i] += more.second[i] + apart * apart * before * share;
    }
  }
};

/// Sums.
template <int V>
struct Sums : Pairs<V> {
  __device__ __forceinline__ void join(const Sums& more) {
#pragma unroll
    for (int i = 0; i < V; ++i) {
      this->first[i] += more.first[i];
      this->second[i] += more.second[i];
    }
  }
};

/// Joins what a block's threads with equal threadIdx.x have into what the one with threadIdx.y == 0 has.
/// blockDim.y is a power of two; `Slots`: half the block's threads.
template <int Slots, class Own>
__device__ void join_threads(Own& own) {
  __shared__ float counts[Slots], first[Own::channels][Slots], second[Own::channels][Slots];
  for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
    const unsigned slot = threadIdx.y % half * blockDim.x + threadIdx.x;
    if (threadIdx.y >= half && threadIdx.y < 2 * half) {
      counts[slot] = own.count;
#pragma unroll
      for (int i = 0; i < Own::channels; ++i) {
        first[i][slot] = own.first[i];
        second[i][slot] = own.second[i];
      }
    }
    __syncthreads();
    if (threadIdx.y < half) {
      Own more;
      more.count = counts[slot];
#pragma unroll
      for (int i = 0; i < Own::channels; ++i) {
        more.first[i] = first[i][slot];
        more.second[i] = second[i][slot];
      }
      own.join(more);
    }
    __syncthreads();
  }
}

/// Two values of each channel of a chunk, [rows, chunks, channels] in the workspace.
template <int V>
__device__ void store_chunk(const NormShape& shape, const NormTiling& tiling, const Part& part,
                            const Pairs<V>& found, float2* workspace) {
  if (threadIdx.y != 0 || !part.active) return;
  float2* out = workspace + (part.row * tiling.chunks + part.chunk) * shape.channels + part.channel;
#pragma unroll
  for (int i = 0; i < V; ++i) out[i] = make_float2(found.first[i], found.second[i]);
}

/// z = (x - mean) * scale + shift of V channels.
template <int V>
struct Line {
  float mean[V], scale[V], shift[V];

  __device__ __forceinline__ Line(const NormShape& shape, const Part& part, const float* weight,
                                  const float* bias, const float* means, const float* rstds) {
    const int64_t at = part.row * shape.channels + part.channel;
#pragma unroll
    for (int i = 0; i < V; ++i) {
      mean[i] = means[at + i];
      scale[i] = rstds[at + i] * weight[part.channel + i];
      shift[i] = bias[part.channel + i];
    }
  }
  __device__ __forceinline__ float at(int i, float x) const {
    return fmaf(x - mean[i], scale[i], shift[i]);
  }
};

/// Grids of the passes over the tensor, and of those over the workspace.
struct Launch {
  NormTiling tiling;
  dim3 grid, block, joining_grid;
  dim3 joining_block = {joining_lanes, joining_rows};
  cudaStream_t stream;

  Launch(const NormShape& shape, void* on)
      : tiling(norm_tiling(shape)), stream(static_cast<cudaStream_t>(on)) {
    const auto rows = static_cast<unsigned>(shape.rows);
    grid = {static_cast<unsigned>(tiling.chunks), static_cast<unsigned>(tiling.tiles), rows};
    block = {static_cast<unsigned>(tiling.lanes), static_cast<unsigned>(norm_threads / tiling.lanes)};
    joining_grid = {static_cast<unsigned>((shape.channels + joining_lanes - 1) / joining_lanes), rows};
  }
};

}  // namespace tazuna
