// SPDX-License-Identifier: Apache-2.0
// Instance norm, what is added to it and its activation over channels-last tensors. Statistics are float32:
// moments of four voxels at a time, then of threads, then of chunks are joined by Chan, Golub and LeVeque
// (1983).
#include "kernels/cuda/norm_parts.cuh"

namespace tazuna {

namespace {

template <class T, int V>
__global__ void __launch_bounds__(norm_threads)
    find_moments(NormShape shape, NormTiling tiling, const T* __restrict__ input, float2* workspace) {
  constexpr int together = 4;  // reads in flight
  const Part part = part_forwards<V>(shape, tiling);
  Moments<V> own;
  if (part.active) {
    const T* const row = input + part.place;
    int64_t voxel = part.begin;
    for (; voxel + (together - 1) * part.step < part.end; voxel += together * part.step) {
      Pack<T, V> packs[together];
#pragma unroll
      for (int u = 0; u < together; ++u)
        packs[u] = Pack<T, V>::read(row + (voxel + u * part.step) * shape.channels);
      Moments<V> more;
      more.count = together;
#pragma unroll
      for (int i = 0; i < V; ++i) {
#pragma unroll
        for (int u = 0; u < together; ++u) more.first[i] += widened(packs[u].values[i]) / together;
#pragma unroll
        for (int u = 0; u < together; ++u) {
          const float apart = widened(packs[u].values[i]) - more.first[i];
          more.second[i] += apart * apart;
        }
      }
      own.join(more);
    }
    for (; voxel < part.end; voxel += part.step) {
      const Pack<T, V> pack = Pack<T, V>::read(row + voxel * shape.channels);
      Moments<V> more;
      more.count = 1;
#pragma unroll
      for (int i = 0; i < V; ++i) more.first[i] = widened(pack.values[i]);
      own.join(more);
    }
  }
  join_threads<norm_threads / 2>(own);
  store_chunk(shape, tiling, part, own, workspace);
}

/// Joins the chunks of a row: a block for 32 channels of one row.
__global__ void __launch_bounds__(joining_lanes* joining_rows)
    join_moments(NormShape shape, NormTiling tiling, const float2* __restrict__ workspace, float epsilon,
                 float* mean, float* rstd) {
  const int channel = blockIdx.x * joining_lanes + threadIdx.x;
  const int64_t row = blockIdx.y;
  Moments<1> own;
  if (channel < shape.channels) {
#pragma unroll 4
    for (int64_t chunk = threadIdx.y; chunk < tiling.chunks; chunk += joining_rows) {
      const float2 part = workspace[(row * tiling.chunks + chunk) * shape.channels + channel];
      const int64_t left = shape.voxels - chunk * tiling.chunk;
      Moments<1> more;
      more.count = static_cast<float>(left < tiling.chunk ? left : tiling.chunk);
      more.first[0] = part.x;
      more.second[0] = part.y;
      own.join(more);
    }
  }
  join_threads<joining_lanes * joining_rows / 2>(own);
  if (threadIdx.y != 0 || channel >= shape.channels) return;
  mean[row * shape.channels + channel] = own.first[0];
  rstd[row * shape.channels + channel] = 1 / sqrtf(own.second[0] / own.count + epsilon);
}

template <class T, int V, bool Added>
__global__ void __launch_bounds__(norm_threads)
    normalise(NormShape shape, NormTiling tiling, const T* __restrict__ input, const T* __restrict__ residual,
              const float* weight, const float* bias, const float* mean, const float* rstd, float slope,
              T* __restrict__ output) {
  const Part part = part_backwards<V>(shape, tiling);
  if (!part.active) return;
  const Line<V> line(shape, part, weight, bias, mean, rstd);
#pragma unroll 4
  for (int64_t voxel = part.begin; voxel < part.end; voxel += part.step) {
    const int64_t at = part.place + voxel * shape.channels;
    const Pack<T, V> x = Pack<T, V>::read(input + at);
    Pack<T, V> added, out;
    if (Added) added = Pack<T, V>::read(residual + at);
#pragma unroll
    for (int i = 0; i < V; ++i) {
      float z = line.at(i, widened(x.values[i]));
      if (Added) z += widened(added.values[i]);
      narrow_into(out.values[i], z > 0 ? z : slope * z);
    }
    out.write(output + at);
  }
}

template <class T, int V>
void forward(const NormForward& work, const Launch& on) {
  const auto* input = static_cast<const T*>(work.input);
  const auto* residual = static_cast<const T*>(work.residual);
  auto* output = static_cast<T*>(work.output);
  auto* workspace = reinterpret_cast<float2*>(work.workspace);
  enqueue(find_moments<T, V>, on.grid, on.block, on.stream, work.shape, on.tiling, input, workspace);
  enqueue(join_moments, on.joining_grid, on.joining_block, on.stream, work.shape, on.tiling, workspace,
          work.epsilon, work.mean, work.rstd);
  const auto pass = residual ? normalise<T, V, true> : normalise<T, V, false>;
  enqueue(pass, on.grid, on.block, on.stream, work.shape, on.tiling, input, residual, work.weight, work.bias,
          work.mean, work.rstd, work.slope, output);
}

}  // namespace

const char* instance_norm_forward_cuda(const NormForward& work, void* stream) {
  const Launch on(work.shape, stream);
  const bool wide = work.shape.aligned;
  if (work.shape.bf16) {
    wide ? forward<__nv_bfloat16, 8>(work, on) : forward<__nv_bfloat16, 1>(work, on);
  } else {
    wide ? forward<float, 4>(work, on) : forward<float, 1>(work, on);
  }
  return launch_error();
}

}  // namespace tazuna
