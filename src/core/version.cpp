// SPDX-License-Identifier: Apache-2.0
#include "core/version.hpp"

namespace tazuna {

const char* version() {
  return TAZUNA_VERSION;
}

}  // namespace tazuna
