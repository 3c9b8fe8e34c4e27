// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna::testing {

/// What a run of the real program left behind.
struct Finished {
  int code = -1;
  std::string out, err;
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Runs `tazuna ARGUMENTS` through the shell (quote what needs it); `before` stands in front of the program:
/// "env -u NAME", "cd DIR &&".
inline Finished run(const std::string& arguments, const std::string& before = "") {
  const ScratchFolder folder;
  const auto out = folder.path() / "out", err = folder.path() / "err";
  const std::string command = before + " '" TAZUNA_BIN "' " + arguments + " >'" + out.string() + "' 2>'" +
                              err.string() + "' </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(out), text_of(err)};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Checks an exit code and that stderr holds each part; a refusal begins "error: " once and shows no inside
/// of the program.
inline void expect(const Finished& finished, int code, const std::vector<std::string>& parts) {
  DOCTEST_CAPTURE(finished.out);
  DOCTEST_CAPTURE(finished.err);
  DOCTEST_CHECK(finished.code == code);
  for (const std::string& part : parts) {
    DOCTEST_CAPTURE(part);
    DOCTEST_CHECK(has(finished.err, part));
  }
  for (const char* inside :
       {"unexpected failure", "terminate called", "std::", "c10::", "/c10/", "itk::", "yaml-cpp"})
    DOCTEST_CHECK_FALSE(has(finished.err, inside));
  if (code == 2 || code == 3) {
    const size_t first = finished.err.find("error: ");
    DOCTEST_REQUIRE(first != std::string::npos);
    DOCTEST_CHECK(finished.err.find("error: ", first + 1) == std::string::npos);
  }
}

/// The program started in the background, so that signals can be sent to it. Its stderr goes to a file.
class Started {
 public:
  /// `settings`: NAME=VALUE for its environment.
  Started(const std::vector<std::string>& arguments, const std::filesystem::path& err,
          std::vector<std::string> settings = {}) {
    std::vector<std::string> words{TAZUNA_BIN};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    process_ = ::fork();
    if (process_ != 0) return;
    for (std::string& setting : settings) ::putenv(setting.data());
    const int file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::dup2(file, STDERR_FILENO);
    ::dup2(file, STDOUT_FILENO);
    ::execv(TAZUNA_BIN, argv.data());
    ::_exit(127);
  }
  ~Started() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    wait();
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  /// Sends the signal as soon as `now` is true; false if the program ended before.
  bool signal_when(int number, const std::function<bool()>& now) {
    while (!now()) {
      if (ended()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return !ended() && ::kill(process_, number) == 0;
  }
  /// The exit code, 128 + the signal if it was killed.
  int wait() {
    if (!done_) ::waitpid(process_, &status_, 0);
    process_ = -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  bool ended() {
    if (!done_) done_ = ::waitpid(process_, &status_, WNOHANG) == process_;
    return done_;
  }

  pid_t process_ = -1;
  int status_ = 0;
  bool done_ = false;
};

}  // namespace tazuna::testing
