// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/kernels.cuh"

extern "C" const tazuna::CudaKernels* tazuna_cuda_kernels() {
  static constexpr tazuna::CudaKernels table = {
      sizeof(tazuna::CudaKernels), tazuna::instance_norm_forward_cuda, tazuna::instance_norm_backward_cuda,
      tazuna::add_weighted_cuda, tazuna::label_planes_cuda};
  return &table;
}
