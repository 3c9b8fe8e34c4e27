// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/log.hpp"
#include "kernels/cuda_kernels.hpp"
#include "kernels/device.hpp"

#include <doctest/doctest.h>

namespace tazuna {

/// The first GPU, with the kernels of this build; without either nothing, and the test says what is left out.
/// With TAZUNA_REQUIRE_GPU=1 that fails. Must be the first to ask for CUDA in a process.
inline std::optional<at::Device> gpu() {
  static Log log(Verbosity::quiet);
  static const at::Device device = open_device("auto", log);
  if (!device.is_cpu() && cuda_kernels()) return device;
  const std::string why = device.is_cpu() ? "there is no GPU" : "the CUDA module was built without kernels";
  const char* required = std::getenv("TAZUNA_REQUIRE_GPU");
  if (required && std::string_view(required) == "1") DOCTEST_FAIL(why);
  DOCTEST_MESSAGE("left out: ", why);
  return std::nullopt;
}

}  // namespace tazuna
