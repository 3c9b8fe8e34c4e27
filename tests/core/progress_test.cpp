// SPDX-License-Identifier: Apache-2.0
#include "core/progress.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include "core/text.hpp"
#include "tests/core/stderr_capture.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("core/progress") {
  DOCTEST_TEST_CASE("the line tells share, rate and remaining time from what was counted now") {
    DOCTEST_CHECK(progress_line("train", "steps", 1000, 120, 120, 60) ==
                  "train: 120/1000 steps (12%), 2.0 steps/s, 7:20 left");
    DOCTEST_CHECK(progress_line("train", "steps", 1000, 120, 20, 10) ==
                  "train: 120/1000 steps (12%), 2.0 steps/s, 7:20 left");
    DOCTEST_CHECK(progress_line("predict", "cases", 10, 2, 2, 60) ==
                  "predict: 2/10 cases (20%), 2.0 cases/min, 4:00 left");
    DOCTEST_CHECK(progress_line("compare", "arms", 4, 1, 1, 7200) ==
                  "compare: 1/4 arms (25%), 0.5 arms/h, 6:00:00 left");
    DOCTEST_CHECK(progress_line("hash", "files", 5000, 5000, 5000, 5) ==
                  "hash: 5000/5000 files (100%), 1000 files/s");
    DOCTEST_CHECK(progress_line("train", "steps", 10, 3, 0, 0) == "train: 3/10 steps (30%)");
    DOCTEST_CHECK(progress_line("train", "steps", 0, 0, 0, 0) == "train: 0/0 steps");
  }

  DOCTEST_TEST_CASE("without a terminal there is a line at the start and one at the end, threads counted") {
    const ScratchFolder scratch;
    const StderrCapture capture(scratch.path() / "stderr");
    bool asked = false;
    {
      Log log;
      Progress progress(log, "predict", "cases", 400);
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 100; ++i) {
            progress.advance(1, [&] {
              asked = true;
              return std::string("note");
            });
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    }
    const std::string text = capture.text();
    DOCTEST_CHECK(text.starts_with("predict: 0/400 cases (0%)\npredict: 400/400 cases in 0:"));
    DOCTEST_CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    DOCTEST_CHECK_FALSE(asked);
  }

  DOCTEST_TEST_CASE("a quiet log shows no progress") {
    const ScratchFolder scratch;
    const StderrCapture capture(scratch.path() / "stderr");
    {
      Log log(Verbosity::quiet);
      Progress(log, "predict", "cases", 2).advance(2);
    }
    DOCTEST_CHECK(capture.text().empty());
  }
}

}  // namespace
}  // namespace tazuna
