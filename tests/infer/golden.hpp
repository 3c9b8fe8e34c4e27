// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tazuna {

/// A new empty folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("tazuna-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Runs tests/infer/golden/SCRIPT with the project's Python. False, with a message, where the interpreter or
/// one of `packages` is missing; that and a failing script fail the test (the former with
/// TAZUNA_REQUIRE_GOLDEN=1 only).
inline bool run_golden(const std::string& script, const std::string& packages,
                       const std::vector<std::filesystem::path>& arguments) {
  const std::string python = TAZUNA_PYTHON;
  if (std::system((python + " -c 'import " + packages + "' >/dev/null 2>&1").c_str()) != 0) {
    const char* require = std::getenv("TAZUNA_REQUIRE_GOLDEN");
    if (require && std::string(require) == "1")
      DOCTEST_FAIL_CHECK(python << " with " << packages << " is missing");
    DOCTEST_MESSAGE("skipped: " << python << " cannot import " << packages);
    return false;
  }
  std::string command = "OMP_NUM_THREADS=1 " + python + " " TAZUNA_SOURCE_DIR "/tests/infer/golden/" + script;
  for (const std::filesystem::path& argument : arguments) command += " '" + argument.string() + "'";
  const int status = std::system((command + " >/dev/null").c_str());
  DOCTEST_CHECK_MESSAGE(status == 0, command);
  return status == 0;
}

}  // namespace tazuna
