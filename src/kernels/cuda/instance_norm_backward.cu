// SPDX-License-Identifier: Apache-2.0
// The gradients of instance_norm.cu.
#include "kernels/cuda/norm_parts.cuh"

namespace tazuna {

namespace {

/// With g' the gradient of what f was applied to: sums of g' and of g' * (x - mean). Where the output is
/// read, g' is kept.
template <class T, int V, bool Kept>
__global__ void __launch_bounds__(norm_threads)
    sum_slopes(NormShape shape, NormTiling tiling, const T* __restrict__ slopes, const T* __restrict__ input,
               const T* __restrict__ output, const float* weight, const float* bias, const float* mean,
               const float* rstd, float slope, T* __restrict__ kept, float2* workspace) {
  const Part part = part_forwards<V>(shape, tiling);
  Sums<V> own;
  if (part.active) {
    const Line<V> line(shape, part, weight, bias, mean, rstd);
#pragma unroll 2
    for (int64_t voxel = part.begin; voxel < part.end; voxel += part.step) {
      const int64_t at = part.place + voxel * shape.channels;
      const Pack<T, V> g = Pack<T, V>::read(slopes + at), x = Pack<T, V>::read(input + at);
      Pack<T, V> result, out;
      if (Kept) result = Pack<T, V>::read(output + at);
#pragma unroll
      for (int i = 0; i < V; ++i) {
        const float value = widened(x.values[i]);
        const float sign = Kept ? widened(result.values[i]) : line.at(i, value);
        const float inner = sign > 0 ? widened(g.values[i]) : slope * widened(g.values[i]);
        own.first[i] += inner;
        own.second[i] += inner * (value - line.mean[i]);
        if (Kept) narrow_into(out.values[i], inner);
      }
      if (Kept) out.write(kept + at);
    }
  }
  join_threads<norm_threads / 2>(own);
  store_chunk(shape, tiling, part, own, workspace);
}

/// Joins the chunks of a row: gradients of bias and weight, still apart for each row.
__global__ void __launch_bounds__(joining_lanes* joining_rows)
    join_slopes(NormShape shape, NormTiling tiling, const float2* __restrict__ workspace, const float* rstd,
                float* bias_slopes, float* weight_slopes) {
  const int channel = blockIdx.x * joining_lanes + threadIdx.x;
  const int64_t row = blockIdx.y;
  Sums<1> own;
  if (channel < shape.channels) {
#pragma unroll 4
    for (int64_t chunk = threadIdx.y; chunk < tiling.chunks; chunk += joining_rows) {
      const float2 part = workspace[(row * tiling.chunks + chunk) * shape.channels + channel];
      own.first[0] += part.x;
      own.second[0] += part.y;
    }
  }
  join_threads<joining_lanes * joining_rows / 2>(own);
  if (threadIdx.y != 0 || channel >= shape.channels) return;
  const int64_t at = row * shape.channels + channel;
  bias_slopes[at] = own.first[0];
  weight_slopes[at] = own.second[0] * rstd[at];
}

/// With s1 the row's gradient of the bias, s2 that of the weight, over V voxels:
///   d input = rstd * weight * (g' - s1 / V - (x - mean) * rstd * s2 / V)
/// `Inner`: `slopes` are g' already.
template <class T, int V, bool Inner>
__global__ void __launch_bounds__(norm_threads)
    find_input_slopes(NormShape shape, NormTiling tiling, const T* __restrict__ slopes,
                      const T* __restrict__ input, const float* weight, const float* bias, const float* mean,
                      const float* rstd, const float* bias_slopes, const float* weight_slopes, float slope,
                      T* __restrict__ input_slopes) {
  const Part part = part_backwards<V>(shape, tiling);
  if (!part.active) return;
  const Line<V> line(shape, part, weight, bias, mean, rstd);
  const float share = 1 / static_cast<float>(shape.voxels);
  float middle[V], tilt[V];
#pragma unroll
  for (int i = 0; i < V; ++i) {
    const int64_t at = part.row * shape.channels + part.channel + i;
    middle[i] = bias_slopes[at] * share;
    tilt[i] = weight_slopes[at] * share * rstd[at];
  }
#pragma unroll 2
  for (int64_t voxel = part.begin; voxel < part.end; voxel += part.step) {
    const int64_t at = part.place + voxel * shape.channels;
    const Pack<T, V> g = Pack<T, V>::read(slopes + at), x = Pack<T, V>::read(input + at);
    Pack<T, V> out;
#pragma unroll
    for (int i = 0; i < V; ++i) {
      const float value = widened(x.values[i]), outer = widened(g.values[i]);
      const float inner = (Inner || line.at(i, value) > 0) ? outer : slope * outer;
      narrow_into(out.values[i], line.scale[i] * (inner - middle[i] - (value - line.mean[i]) * tilt[i]));
    }
    out.write(input_slopes + at);
  }
}

template <class T, int V>
void backward(const NormBackward& work, const Launch& on) {
  const auto* slopes = static_cast<const T*>(work.slopes);
  const auto* input = static_cast<const T*>(work.input);
  const auto* output = static_cast<const T*>(work.output);
  auto* kept = static_cast<T*>(work.residual_slopes);
  auto* input_slopes = static_cast<T*>(work.input_slopes);
  auto* workspace = reinterpret_cast<float2*>(work.workspace);
  const auto sum = output ? sum_slopes<T, V, true> : sum_slopes<T, V, false>;
  enqueue(sum, on.grid, on.block, on.stream, work.shape, on.tiling, slopes, input, output, work.weight,
          work.bias, work.mean, work.rstd, work.slope, kept, workspace);
  enqueue(join_slopes, on.joining_grid, on.joining_block, on.stream, work.shape, on.tiling, workspace,
          work.rstd, work.bias_slopes, work.weight_slopes);
  const auto pass = output ? find_input_slopes<T, V, true> : find_input_slopes<T, V, false>;
  enqueue(pass, on.grid, on.block, on.stream, work.shape, on.tiling, output ? kept : slopes, input,
          work.weight, work.bias, work.mean, work.rstd, work.bias_slopes, work.weight_slopes, work.slope,
          input_slopes);
}

}  // namespace

const char* instance_norm_backward_cuda(const NormBackward& work, void* stream) {
  const Launch on(work.shape, stream);
  const bool wide = work.shape.aligned;
  if (work.shape.bf16) {
    wide ? backward<__nv_bfloat16, 8>(work, on) : backward<__nv_bfloat16, 1>(work, on);
  } else {
    wide ? backward<float, 4>(work, on) : backward<float, 1>(work, on);
  }
  return launch_error();
}

}  // namespace tazuna
