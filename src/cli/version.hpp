// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tazuna {

/// "tazuna 0.1.0 (LibTorch 2.11.0), research use only".
std::string version_text();

}  // namespace tazuna
