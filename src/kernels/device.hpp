// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace tazuna {

/// The device behind `auto`, `cpu` or `cuda:N`. `auto` is the first GPU the driver reports, else the CPU. A
/// GPU makes libtazuna_cuda.so be opened, which must happen before anything else asks LibTorch about CUDA.
/// Refused (usage): another text, a GPU that is not there, a build without the CUDA module or for another
/// LibTorch.
at::Device open_device(const std::string& text);

}  // namespace tazuna
