// SPDX-License-Identifier: Apache-2.0
#pragma once

// What libtazuna_cuda.so offers beside bringing CUDA in: kernels behind plain functions over pointers, so
// that nvcc sees none of LibTorch's headers and a build without nvcc lacks this table and nothing else.

#include <cstdint>

namespace tazuna {

/// A channels-last tensor: `rows` x `voxels` x `channels`, channels fastest; float32 or bfloat16.
struct NormShape {
  int64_t rows = 0, voxels = 0, channels = 0;
  bool bf16 = false;
  bool aligned = false;  ///< channels and addresses allow accesses of 16 bytes
};

inline constexpr int norm_threads = 256;  ///< in a block

/// How blocks share a channels-last tensor: a block reads one chunk of a row's voxels for one tile of
/// channels.
struct NormTiling {
  int lanes = 1;                  ///< threads side by side over the channels, a power of two
  int64_t tiles = 1;              ///< blocks beside each other that cover all channels
  int64_t chunk = 1, chunks = 1;  ///< voxels in a chunk, chunks in a row
};

/// Depends on the shape alone, so that sums are made in the same order on every GPU.
inline NormTiling norm_tiling(const NormShape& shape) {
  const int64_t width = !shape.aligned ? 1 : shape.bf16 ? 8 : 4;  // values in an access
  const int64_t groups = shape.channels / width;
  const int most_lanes = shape.aligned ? 8 : 32;  // 128 bytes side by side, a cache line
  constexpr int64_t most_blocks = 2048, least_reads = 16;
  NormTiling tiling;
  while (tiling.lanes < most_lanes && tiling.lanes < groups) tiling.lanes *= 2;
  tiling.tiles = (groups + tiling.lanes - 1) / tiling.lanes;
  const int64_t least = norm_threads / tiling.lanes * least_reads;  // voxels worth a block
  const int64_t worth = (shape.voxels + least - 1) / least;
  const int64_t share = most_blocks / (shape.rows * tiling.tiles);
  const int64_t wanted = share < 1 ? 1 : share < worth ? share : worth;
  tiling.chunk = (shape.voxels + wanted - 1) / wanted;
  tiling.chunks = (shape.voxels + tiling.chunk - 1) / tiling.chunk;
  return tiling;
}

/// float32 values of the workspace that both directions of the norm need.
inline int64_t norm_workspace(const NormShape& shape) {
  return 2 * shape.rows * norm_tiling(shape).chunks * shape.channels;
}

/// output = f((input - mean) * rstd * weight + bias + residual), f(z) = z if z > 0, else slope * z; mean and
/// rstd = 1 / sqrt(variance + epsilon) of each row and channel are written too.
struct NormForward {
  NormShape shape;
  const void *input, *residual;  ///< residual: null for none
  const float *weight, *bias;    ///< [C]
  float slope, epsilon;
  void* output;
  float *mean, *rstd;  ///< [N, C]
  float* workspace;
};

/// The gradients of NormForward by `slopes`, those of its output. Where `output` is null the sign of what f
/// was applied to is computed from the input, else it is the output's.
struct NormBackward {
  NormShape shape;
  const void *slopes, *input, *output;
  const float *weight, *bias, *mean, *rstd;
  float slope;
  void* input_slopes;
  void* residual_slopes;               ///< written where `output` is given
  float *bias_slopes, *weight_slopes;  ///< [N, C]: still to be summed over rows
  float* workspace;
};

/// sum += weights * logits over one box of voxels; strides in elements, (k, z, y, x).
struct WeightedTile {
  int64_t classes = 0;
  int64_t size[3] = {};  ///< z, y, x
  const void* logits = nullptr;
  bool bf16 = false;  ///< of the logits; float32 otherwise
  int64_t logit_strides[4] = {};
  const float* weights = nullptr;  ///< contiguous
  float* sum = nullptr;            ///< the box's first voxel
  int64_t sum_strides[4] = {};
};

/// Labels of target planes first..end-1 from logits on another grid: resized linearly with edges aligned, the
/// class of the greatest value is kept, ties go to the lower class.
struct LabelledPlanes {
  int64_t classes = 0;
  const float* planes = nullptr;  ///< [K, count, H, W]: source planes begin..begin+count-1
  const float* last = nullptr;    ///< [K, H, W]: source plane begin-1, where the target planes reach it
  int64_t begin = 0, count = 0;
  int64_t source[3] = {}, target[3] = {};
  int64_t first = 0, end = 0;
  int16_t* labels = nullptr;  ///< [d, h, w], the whole target
};

/// Each function enqueues its work on `stream` (a cudaStream_t of the current device) and returns null, or
/// CUDA's words for what went wrong.
struct CudaKernels {
  int64_t size = 0;  ///< sizeof(CudaKernels) of the module
  const char* (*instance_norm_forward)(const NormForward& work, void* stream) = nullptr;
  const char* (*instance_norm_backward)(const NormBackward& work, void* stream) = nullptr;
  const char* (*add_weighted)(const WeightedTile& work, void* stream) = nullptr;
  const char* (*label_planes)(const LabelledPlanes& work, void* stream) = nullptr;
};

/// The kernels of the CUDA module; null while it is not open, and where it was built without nvcc.
const CudaKernels* cuda_kernels();

/// Takes over the kernels of an opened module (of dlopen), if it has any.
void adopt_cuda_kernels(void* module);

}  // namespace tazuna
