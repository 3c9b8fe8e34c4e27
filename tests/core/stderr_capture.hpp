// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "core/files.hpp"

namespace tazuna {

/// Sends stderr to a file while it lives.
class StderrCapture {
 public:
  explicit StderrCapture(std::filesystem::path file) : file_(std::move(file)), before_(::dup(STDERR_FILENO)) {
    std::fflush(stderr);
    const int opened = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::dup2(opened, STDERR_FILENO);
    ::close(opened);
  }
  ~StderrCapture() {
    std::fflush(stderr);
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  StderrCapture(const StderrCapture&) = delete;
  StderrCapture& operator=(const StderrCapture&) = delete;
  std::string text() const {
    std::fflush(stderr);
    return read_text(file_);
  }

 private:
  std::filesystem::path file_;
  int before_;
};

}  // namespace tazuna
