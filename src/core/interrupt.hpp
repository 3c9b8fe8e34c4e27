// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tazuna {

/// What the user asked the process for by a signal.
enum class Request { none, checkpoint /*SIGUSR1*/, stop /*SIGINT, SIGTERM*/ };

/// Catches SIGINT, SIGTERM and SIGUSR1 while it lives; work asks it between steps. The first SIGINT/SIGTERM
/// is answered by a line on stderr, a second one exits at once with 130/143. Only one may live at a time.
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

}  // namespace tazuna
