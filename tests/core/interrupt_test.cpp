// SPDX-License-Identifier: Apache-2.0
#include "core/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/error.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/interrupt") {
  DOCTEST_TEST_CASE("a stop request stays and says its exit code") {
    Interrupts interrupts;
    DOCTEST_CHECK(interrupts.pending() == Request::none);
    DOCTEST_CHECK(interrupts.exit_code() == 0);
    std::raise(SIGTERM);
    DOCTEST_CHECK(interrupts.pending() == Request::stop);
    DOCTEST_CHECK(interrupts.pending() == Request::stop);
    DOCTEST_CHECK(interrupts.exit_code() == 143);
  }

  DOCTEST_TEST_CASE("a checkpoint request is taken once") {
    Interrupts interrupts;
    std::raise(SIGUSR1);
    DOCTEST_CHECK(interrupts.pending() == Request::checkpoint);
    DOCTEST_CHECK(interrupts.pending() == Request::none);
    DOCTEST_CHECK(interrupts.exit_code() == 0);
  }

  DOCTEST_TEST_CASE("only one object may catch signals, and the next starts anew") {
    {
      Interrupts first;
      DOCTEST_CHECK_THROWS_AS(Interrupts(), Error);
      std::raise(SIGINT);
      DOCTEST_CHECK(first.exit_code() == 130);
    }
    Interrupts second;
    DOCTEST_CHECK(second.exit_code() == 0);
  }

  DOCTEST_TEST_CASE(
      "work that goes through many cases leaves with the signal's exit code, while it is heard") {
    {
      Interrupts interrupts;
      DOCTEST_CHECK_NOTHROW(stop_if_asked());
      std::raise(SIGUSR1);
      DOCTEST_CHECK_NOTHROW(stop_if_asked());
      std::raise(SIGINT);
      DOCTEST_CHECK(stop_asked());
      try {
        stop_if_asked();
        DOCTEST_FAIL("it went on");
      } catch (const Interrupted& stopped) {
        DOCTEST_CHECK(stopped.exit_code() == 130);
      }
    }
    DOCTEST_CHECK_FALSE(stop_asked());
    DOCTEST_CHECK_NOTHROW(stop_if_asked());
  }

  DOCTEST_TEST_CASE("a second stop signal ends the process at once with its code") {
    for (const int number : {SIGINT, SIGTERM}) {
      const pid_t child = ::fork();
      if (child == 0) {
        Interrupts interrupts;
        std::raise(number);
        std::raise(number);
        ::_exit(0);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      DOCTEST_CHECK(WIFEXITED(status));
      DOCTEST_CHECK(WEXITSTATUS(status) == 128 + number);
    }
  }
}

}  // namespace
}  // namespace tazuna
