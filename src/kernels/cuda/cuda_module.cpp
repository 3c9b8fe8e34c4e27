// SPDX-License-Identifier: Apache-2.0
// libtazuna_cuda.so: linking it against libtorch_cuda is its whole purpose today. Opening it at run time
// brings CUDA into a program that is itself linked to libtorch_cpu only and so starts faster.
#include <torch/version.h>

extern "C" const char* tazuna_cuda_built_for() {
  return TORCH_VERSION;
}
