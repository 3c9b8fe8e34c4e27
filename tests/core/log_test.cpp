// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include <poll.h>
#include <pty.h>

#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "tests/core/stderr_capture.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/log") {
  DOCTEST_TEST_CASE("the verbosity decides what stderr shows; the file holds all") {
    struct Row {
      Verbosity verbosity;
      std::string shown;
    };
    const Row rows[] = {{Verbosity::quiet, "warning: w\nerror: e\n"},
                        {Verbosity::normal, "i {}\nwarning: w\nerror: e\n"},
                        {Verbosity::verbose, "i {}\nd\nwarning: w\nerror: e\n"}};
    for (const Row& row : rows) {
      const ScratchFolder scratch;
      const StderrCapture capture(scratch.path() / "stderr");
      {
        Log log(row.verbosity);
        log.attach(scratch.path() / "run" / "log.txt");
        log.info("i {}");
        log.detail("d");
        log.warn("w");
        log.error("e");
      }
      DOCTEST_CHECK(capture.text() == row.shown);
      const auto lines = split_text(trimmed(read_text(scratch.path() / "run" / "log.txt")), '\n');
      DOCTEST_REQUIRE(lines.size() == 4);
      DOCTEST_CHECK(lines[0].substr(0, 2) == "20");
      DOCTEST_CHECK(lines[0].ends_with(" info: i {}"));
      DOCTEST_CHECK(lines[3].ends_with(" error: e"));
    }
  }

  DOCTEST_TEST_CASE("attaching again appends to what the file holds") {
    const ScratchFolder scratch;
    const StderrCapture capture(scratch.path() / "stderr");
    for (int i = 0; i < 2; ++i) {
      Log log(Verbosity::quiet);
      log.attach(scratch.path() / "log.txt");
      log.info("begun");
    }
    DOCTEST_CHECK(split_text(trimmed(read_text(scratch.path() / "log.txt")), '\n').size() == 2);
    DOCTEST_CHECK_THROWS_AS(Log().attach(scratch.path()), Error);
  }

  DOCTEST_TEST_CASE("lines of several threads stay whole") {
    const ScratchFolder scratch;
    const StderrCapture capture(scratch.path() / "stderr");
    {
      Log log;
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 200; ++i) log.info("one whole line");
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    const auto lines = split_text(trimmed(capture.text()), '\n');
    DOCTEST_CHECK(lines.size() == 800);
    for (const std::string& line : lines) DOCTEST_REQUIRE(line == "one whole line");
  }

  DOCTEST_TEST_CASE("where stderr is no terminal the status is plain lines, and none when quiet") {
    const ScratchFolder scratch;
    const StderrCapture capture(scratch.path() / "stderr");
    Log log;
    DOCTEST_CHECK_FALSE(log.on_terminal());
    log.status("train: 1/2");
    log.status("");
    Log(Verbosity::quiet).status("train: 2/2");
    DOCTEST_CHECK(capture.text() == "train: 1/2\n");
  }

  DOCTEST_TEST_CASE("on a terminal the status line is cleared for a message and drawn again below it") {
    const ScratchFolder scratch;
    int screen = -1, stderr_side = -1;
    DOCTEST_REQUIRE(::openpty(&screen, &stderr_side, nullptr, nullptr, nullptr) == 0);
    {
      const StderrCapture capture(scratch.path() / "stderr");
      ::dup2(stderr_side, STDERR_FILENO);
      Log log;
      DOCTEST_CHECK(log.on_terminal());
      log.status("step 1");
      log.info("saved");
      log.status(std::string(200, 'x'));
      log.status("");
    }
    const std::string clear = "\r\033[K";
    const std::string wanted =
        cat(clear, "step 1", clear, "saved\r\n", clear, "step 1", clear, std::string(79, 'x'), clear);
    std::string seen;
    pollfd waiting{screen, POLLIN, 0};
    while (seen.size() < wanted.size() && ::poll(&waiting, 1, 5000) == 1) {
      char part[1000];
      const ssize_t size = ::read(screen, part, sizeof part);
      DOCTEST_REQUIRE(size > 0);
      seen.append(part, static_cast<size_t>(size));
    }
    DOCTEST_CHECK(seen == wanted);
    ::close(screen);
    ::close(stderr_side);
  }
}

}  // namespace
}  // namespace tazuna
