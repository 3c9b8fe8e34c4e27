// SPDX-License-Identifier: Apache-2.0
#include "core/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

#include "core/error.hpp"

namespace tazuna {
namespace {

constexpr int caught[] = {SIGINT, SIGTERM, SIGUSR1};

// A signal handler can reach nothing but statics.
std::atomic<bool> alive{false};
std::atomic<bool> checkpoint{false};
std::atomic<int> stop_signal{0};
struct sigaction before[3];

// The work that is under way may take minutes until it asks.
constexpr std::string_view heard = "\nstopping after the work in hand; the same signal again stops at once\n";

void handle(int number) {
  const int error = errno;  // the interrupted call's own
  if (number == SIGUSR1) {
    checkpoint = true;
  } else if (stop_signal.exchange(number) != 0) {
    ::_exit(128 + number);
  } else if (::write(STDERR_FILENO, heard.data(), heard.size()) < 0) {
    // Nobody listens; the work stops all the same.
  }
  errno = error;
}

}  // namespace

Interrupts::Interrupts() {
  if (alive.exchange(true)) throw Error("signals are caught twice; only one Interrupts may live at a time");
  checkpoint = false;
  stop_signal = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (int i = 0; i < 3; ++i) ::sigaction(caught[i], &action, &before[i]);
}

Interrupts::~Interrupts() {
  for (int i = 0; i < 3; ++i) ::sigaction(caught[i], &before[i], nullptr);
  alive = false;
}

Request Interrupts::pending() {
  if (stop_signal != 0) return Request::stop;
  return checkpoint.exchange(false) ? Request::checkpoint : Request::none;
}

int Interrupts::exit_code() const {
  return stop_signal == 0 ? 0 : 128 + stop_signal;
}

bool stop_asked() {
  return alive && stop_signal != 0;
}

void stop_if_asked() {
  if (stop_asked()) throw Interrupted(128 + stop_signal);
}

}  // namespace tazuna
