// SPDX-License-Identifier: Apache-2.0
#include "cli/version.hpp"

#include <torch/version.h>

#include "core/text.hpp"
#include "core/version.hpp"

namespace tazuna {

std::string version_text() {
  return cat("tazuna ", version(), " (LibTorch ", TORCH_VERSION, "), research use only");
}

}  // namespace tazuna
