// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tazuna {

/// A new empty folder that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tazuna_test_XXXXXX").string();
    DOCTEST_REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// True if the environment variable is "1".
inline bool demanded(const char* variable) {
  const char* value = std::getenv(variable);
  return value && std::string(value) == "1";
}

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
    const std::string reason = "skipped: " + script + " needs " TAZUNA_PYTHON " with requirements-dev.txt";
    if (demanded("TAZUNA_REQUIRE_GOLDEN")) DOCTEST_FAIL(reason);
    DOCTEST_MESSAGE(reason);
    return false;
  }
  DOCTEST_REQUIRE_MESSAGE(code == 0, script << " ended with code " << code);
  return true;
}

}  // namespace tazuna
