// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the files of this folder share: the functions behind the table, and reading and writing values of
// either type, several at a time.

#ifdef __CUDACC__  // a test compiles these files for the processor
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#endif

#include "kernels/cuda_kernels.hpp"

namespace tazuna {

const char* instance_norm_forward_cuda(const NormForward& work, void* stream);
const char* instance_norm_backward_cuda(const NormBackward& work, void* stream);
const char* add_weighted_cuda(const WeightedTile& work, void* stream);
const char* label_planes_cuda(const LabelledPlanes& work, void* stream);

#ifdef __CUDACC__
template <class... Parameters, class... Arguments>
void enqueue(void (*kernel)(Parameters...), dim3 grid, dim3 block, cudaStream_t stream,
             const Arguments&... arguments) {
  kernel<<<grid, block, 0, stream>>>(arguments...);
}
#endif

/// Null, or CUDA's words for why the last launches could not be made.
inline const char* launch_error() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

__device__ __forceinline__ float widened(float value) {
  return value;
}
__device__ __forceinline__ float widened(__nv_bfloat16 value) {
  return __bfloat162float(value);
}

__device__ __forceinline__ void narrow_into(float& out, float value) {
  out = value;
}
__device__ __forceinline__ void narrow_into(__nv_bfloat16& out, float value) {
  out = __float2bfloat16_rn(value);
}

/// V values side by side, read or written in one access.
template <class T, int V>
struct alignas(sizeof(T) * V) Pack {
  T values[V];

  __device__ __forceinline__ static Pack read(const T* from) { return *reinterpret_cast<const Pack*>(from); }
  __device__ __forceinline__ void write(T* to) const { *reinterpret_cast<Pack*>(to) = *this; }
};

}  // namespace tazuna
