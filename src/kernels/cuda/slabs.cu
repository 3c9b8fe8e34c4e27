// SPDX-License-Identifier: Apache-2.0
// What prediction does with the logits of tiles: their weighted sum into a slab, and labels of a slab on
// another grid. A thread has one voxel and goes through its classes, so that nothing is added by two threads.
// Products and sums are rounded one by one (__fmul_rn, __fadd_rn), as on the CPU: the bits are the same.
#include "kernels/cuda/kernels.cuh"

namespace tazuna {

namespace {

constexpr int block_width = 32, block_height = 8;

dim3 grid_over(int64_t planes, int64_t height, int64_t width) {
  return {static_cast<unsigned>((width + block_width - 1) / block_width),
          static_cast<unsigned>((height + block_height - 1) / block_height), static_cast<unsigned>(planes)};
}

template <class Logit>
__global__ void __launch_bounds__(block_width* block_height) add_tile(WeightedTile work) {
  const int64_t x = blockIdx.x * block_width + threadIdx.x, y = blockIdx.y * block_height + threadIdx.y;
  const int64_t z = blockIdx.z;
  if (x >= work.size[2] || y >= work.size[1]) return;
  const float weight = work.weights[(z * work.size[1] + y) * work.size[2] + x];
  const Logit* logit = static_cast<const Logit*>(work.logits) + z * work.logit_strides[1] +
                       y * work.logit_strides[2] + x * work.logit_strides[3];
  float* sum = work.sum + z * work.sum_strides[1] + y * work.sum_strides[2] + x * work.sum_strides[3];
  for (int64_t k = 0; k < work.classes; ++k) {
    *sum = __fadd_rn(*sum, __fmul_rn(weight, widened(*logit)));
    logit += work.logit_strides[0];
    sum += work.sum_strides[0];
  }
}

/// Where a voxel of a resized axis lies between two voxels of the source.
struct Between {
  int64_t low, high;
  float weight;  ///< of `high`
};

/// linear_axis() of kernels/resample_argmax.hpp for one voxel, to the last bit.
__device__ Between between(int64_t voxel, int64_t source, double scale) {
  const double middle = __dadd_rn(static_cast<double>(voxel), 0.5);
  const double position = __dadd_rn(__dmul_rn(middle, scale), -0.5);
  const double inside = fmin(fmax(position, 0.0), static_cast<double>(source - 1));
  const auto low = static_cast<int64_t>(inside);
  return {low, low + 1 < source ? low + 1 : low, static_cast<float>(inside - static_cast<double>(low))};
}

__device__ __forceinline__ float mixed(float low, float high, float weight) {
  return __fadd_rn(low, __fmul_rn(weight, __fsub_rn(high, low)));
}

/// A source plane resized in x and y at one target voxel.
__device__ __forceinline__ float in_plane(const float* plane, int64_t width, const Between& y,
                                          const Between& x) {
  const float *low = plane + y.low * width, *high = plane + y.high * width;
  return mixed(mixed(low[x.low], low[x.high], x.weight), mixed(high[x.low], high[x.high], x.weight),
               y.weight);
}

/// Source / target of each axis.
struct Scales {
  double z, y, x;
};

__global__ void __launch_bounds__(block_width* block_height) label(LabelledPlanes work, Scales scales) {
  const int64_t at_x = blockIdx.x * block_width + threadIdx.x;
  const int64_t at_y = blockIdx.y * block_height + threadIdx.y, at_z = work.first + blockIdx.z;
  if (at_x >= work.target[2] || at_y >= work.target[1]) return;
  const Between z = between(at_z, work.source[0], scales.z), y = between(at_y, work.source[1], scales.y),
                x = between(at_x, work.source[2], scales.x);
  const int64_t width = work.source[2], plane = work.source[1] * width;
  const bool reaches_last = z.low < work.begin;
  const float* low = reaches_last ? work.last : work.planes + (z.low - work.begin) * plane;
  const float* high = z.high < work.begin ? work.last : work.planes + (z.high - work.begin) * plane;
  const int64_t low_step = reaches_last ? plane : work.count * plane;
  const int64_t high_step = z.high < work.begin ? plane : work.count * plane;
  float greatest = -INFINITY;
  int16_t kept = 0;
  for (int64_t k = 0; k < work.classes; ++k) {
    const float value = mixed(in_plane(low, width, y, x), in_plane(high, width, y, x), z.weight);
    if (value > greatest) {
      greatest = value;
      kept = static_cast<int16_t>(k);
    }
    low += low_step;
    high += high_step;
  }
  work.labels[(at_z * work.target[1] + at_y) * work.target[2] + at_x] = kept;
}

}  // namespace

const char* add_weighted_cuda(const WeightedTile& work, void* stream) {
  const dim3 grid = grid_over(work.size[0], work.size[1], work.size[2]), block = {block_width, block_height};
  const auto add = work.bf16 ? add_tile<__nv_bfloat16> : add_tile<float>;
  enqueue(add, grid, block, static_cast<cudaStream_t>(stream), work);
  return launch_error();
}

const char* label_planes_cuda(const LabelledPlanes& work, void* stream) {
  const auto scale = [&work](int axis) {
    return static_cast<double>(work.source[axis]) / static_cast<double>(work.target[axis]);
  };
  const dim3 grid = grid_over(work.end - work.first, work.target[1], work.target[2]);
  const dim3 block = {block_width, block_height};
  const Scales scales = {scale(0), scale(1), scale(2)};
  enqueue(label, grid, block, static_cast<cudaStream_t>(stream), work, scales);
  return launch_error();
}

}  // namespace tazuna
