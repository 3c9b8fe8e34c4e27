// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/demanded.hpp"
#include "tests/scratch_folder.hpp"

namespace tazuna {

/// Runs a Python original, tests/SCRIPT, with the project's interpreter. False where the interpreter or a
/// package is missing (the script then exits with 77): a message, or a failure with TAZUNA_REQUIRE_GOLDEN=1.
/// Any other exit code fails the test.
inline bool run_python(const std::string& script, const std::vector<std::filesystem::path>& arguments) {
  int code = 77;
  if (std::filesystem::exists(TAZUNA_PYTHON)) {
    std::string line = "OMP_NUM_THREADS=1 '" TAZUNA_PYTHON "' '" TAZUNA_SOURCE_DIR "/tests/" + script + "'";
    for (const auto& argument : arguments) line += " '" + argument.string() + "'";
    const int status = std::system(line.c_str());
    code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  if (code == 77) {
    skip_unless_demanded(script + " needs " TAZUNA_PYTHON " with requirements-dev.txt",
                         "TAZUNA_REQUIRE_GOLDEN");
    return false;
  }
  DOCTEST_REQUIRE_MESSAGE(code == 0, script << " ended with code " << code);
  return true;
}

}  // namespace tazuna
