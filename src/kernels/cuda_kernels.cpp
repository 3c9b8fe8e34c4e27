// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda_kernels.hpp"

#include <dlfcn.h>

namespace tazuna {

namespace {

const CudaKernels* adopted = nullptr;

}  // namespace

const CudaKernels* cuda_kernels() {
  return adopted;
}

void adopt_cuda_kernels(void* module) {
  using Table = const CudaKernels* (*)();
  const auto table = reinterpret_cast<Table>(dlsym(module, "tazuna_cuda_kernels"));
  if (table && table()->size == sizeof(CudaKernels)) adopted = table();
}

}  // namespace tazuna
