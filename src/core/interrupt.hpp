// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace tazuna {

/// What the user asked the process for by a signal.
enum class Request { none, checkpoint /*SIGUSR1*/, stop /*SIGINT, SIGTERM*/ };

/// Catches SIGINT, SIGTERM and SIGUSR1 while it lives; work asks it between steps and cases. The first
/// SIGINT/SIGTERM is answered by a line on stderr, a second one exits at once with 130/143. Only one may live
/// at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  /// The pending request; a checkpoint request is cleared by asking.
  Request pending();
  /// 130 after SIGINT, 143 after SIGTERM, else 0.
  int exit_code() const;
};

/// Leaves work that was asked to stop while it went through many cases; what was finished is kept.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int exit_code) : exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }
  const char* what() const noexcept override { return "interrupted; what was finished is kept"; }

 private:
  int exit_code_;
};

/// Whether an Interrupts lives and has caught SIGINT or SIGTERM.
bool stop_asked();
/// Throws Interrupted if so: for loops over cases that may take hours.
void stop_if_asked();

}  // namespace tazuna
