// SPDX-License-Identifier: Apache-2.0
// libtazuna_cuda.so. Linked against libtorch_cuda, it brings CUDA into a program that is itself linked to
// libtorch_cpu only and so starts faster; the .cu files beside this one are its kernels.
#include <torch/version.h>

// kernels/device.cpp looks for these words in the file before it opens it.
extern "C" {
extern const char tazuna_cuda_stamp[];
const char tazuna_cuda_stamp[] = "libtazuna_cuda for LibTorch " TORCH_VERSION;
}
