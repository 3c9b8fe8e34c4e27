// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

namespace tazuna {

/// True if the environment variable is "1".
inline bool demanded(const char* variable) {
  const char* value = std::getenv(variable);
  return value && std::string(value) == "1";
}

/// Tells that a test case ends here for want of something; a failure where the environment variable is "1".
inline void skip_unless_demanded(const std::string& reason, const char* variable) {
  if (demanded(variable)) DOCTEST_FAIL(reason);
  DOCTEST_MESSAGE("skipped: " << reason);
}

}  // namespace tazuna
