// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>

#include "core/log.hpp"

namespace tazuna {

/// The device behind `auto`, `cpu` or `cuda:N`. `auto` is the first GPU the driver reports, else the CPU. A
/// GPU makes libtazuna_cuda.so be opened, which must happen before anything else asks LibTorch about CUDA.
/// Refused (usage): another text, a GPU that is not there, a build without the CUDA module or for another
/// LibTorch, a driver too old for LibTorch. Warns of a driver that does not start where `auto` falls back to
/// the CPU, and of releases of cuDNN with broken 3D kernels.
at::Device open_device(const std::string& text, Log& log);

/// What NVIDIA's driver (libcuda.so.1) says, asked without LibTorch.
struct GpuDriver {
  bool found = false;        ///< the library is there
  std::string failure = {};  ///< why it does not start; empty: it does
  int gpus = 0;              ///< that it lets this process see
  int version = 0;           ///< newest CUDA it runs: 1000 * major + 10 * minor
};
GpuDriver ask_gpu_driver();

/// The device that a text means beside this driver, by the rules of open_device().
at::Device chosen_device(const std::string& text, const GpuDriver& driver);

/// Refuses (usage) a CUDA module that is missing or whose stamp names another LibTorch than this program's.
/// Reads the file without opening it as a library, which with another LibTorch could end the program.
void expect_cuda_module(const std::filesystem::path& file);

/// A warning if this cuDNN (10000 * major + 100 * minor + patch) is one of 9.8 to 9.14, else "".
std::string cudnn_warning(long version);

}  // namespace tazuna
