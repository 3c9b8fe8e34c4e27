// SPDX-License-Identifier: Apache-2.0
#pragma once

// CUDA as far as the kernels of src/kernels/cuda use it, on the processor: blocks run one after the other,
// the threads of a block in turn from one __syncthreads() to the next. Shows that a kernel's arithmetic and
// its indices are right; says nothing of races within a warp, memory or speed. Names are CUDA's.
#include <c10/util/BFloat16.h>
#include <ucontext.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define __shared__ static

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct float2 {
  float x, y;
};
inline float2 make_float2(float x, float y) {
  return {x, y};
}
using cudaStream_t = void*;
using cudaError_t = int;
constexpr cudaError_t cudaSuccess = 0;
inline cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
inline const char* cudaGetErrorString(cudaError_t) {
  return "";
}

using __nv_bfloat16 = c10::BFloat16;
inline float __bfloat162float(__nv_bfloat16 value) {
  return static_cast<float>(value);
}
inline __nv_bfloat16 __float2bfloat16_rn(float value) {
  return __nv_bfloat16(value);
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fsub_rn(float a, float b) {
  return a - b;
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline double __dadd_rn(double a, double b) {
  return a + b;
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace tazuna {

/// The threads of one block, each with a stack of its own.
class EmulatedBlock {
 public:
  static EmulatedBlock& instance() {
    static EmulatedBlock block;
    return block;
  }
  void run(const std::function<void()>& kernel) {
    kernel_ = &kernel;
    const size_t count = size_t{blockDim.x} * blockDim.y * blockDim.z;
    threads_.resize(std::max(threads_.size(), count));
    for (size_t i = 0; i < count; ++i) begin(threads_[i]);
    for (bool going = true; going;) {
      going = false;
      for (current_ = 0; current_ < count; ++current_) {
        Thread& thread = threads_[current_];
        if (thread.ended) continue;
        const auto place = static_cast<unsigned>(current_);
        threadIdx = {place % blockDim.x, place / blockDim.x % blockDim.y, place / (blockDim.x * blockDim.y)};
        swapcontext(&turn_, &thread.context);
        going = going || !thread.ended;
      }
    }
  }
  void wait() { swapcontext(&threads_[current_].context, &turn_); }

 private:
  static constexpr size_t stack_bytes = 1 << 16;
  struct Thread {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    bool ended = false;
  };
  static void enter() {
    EmulatedBlock& block = instance();
    (*block.kernel_)();
    block.threads_[block.current_].ended = true;
    block.wait();
  }
  void begin(Thread& thread) {
    if (!thread.stack) thread.stack = std::make_unique<char[]>(stack_bytes);
    thread.ended = false;
    getcontext(&thread.context);
    thread.context.uc_stack = {.ss_sp = thread.stack.get(), .ss_flags = 0, .ss_size = stack_bytes};
    thread.context.uc_link = nullptr;
    makecontext(&thread.context, enter, 0);
  }

  const std::function<void()>* kernel_ = nullptr;
  std::vector<Thread> threads_;
  size_t current_ = 0;
  ucontext_t turn_;
};

template <class... Parameters, class... Arguments>
void enqueue(void (*kernel)(Parameters...), dim3 grid, dim3 block, cudaStream_t,
             const Arguments&... arguments) {
  gridDim = grid;
  blockDim = block;
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
        EmulatedBlock::instance().run([&] { kernel(arguments...); });
}

}  // namespace tazuna

inline void __syncthreads() {
  tazuna::EmulatedBlock::instance().wait();
}
