// SPDX-License-Identifier: Apache-2.0
#include "train/budget.hpp"

#include <algorithm>

#include "tests/train/tiny_training.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/budget") {
  DOCTEST_TEST_CASE("the steps of both phases fill the time, and there is always one") {
    DOCTEST_CHECK(steps_in(60, 1, 0.5, 0) == 120);
    DOCTEST_CHECK(steps_in(60, 0, 0, 2) == 30);
    // 30 of 100 steps at 1 s, 70 at 3 s
    DOCTEST_CHECK(steps_in(240, 0.3, 1, 3) == 100);
    DOCTEST_CHECK(steps_in(1e-6, 0.3, 1, 3) == 1);
  }

  DOCTEST_TEST_CASE("both phases are timed as they will be, and the weights are put back") {
    TrainOptions options = tiny_options(1);
    options.steps.reset();
    options.budget = 5;
    TinyRun run(options, {tiny_task(), tiny_question("size", 0.3)});
    std::vector<bool> asked;
    run.parts.make_step = [&](int64_t k, bool subjects) {
      asked.push_back(subjects);
      return tiny_joint_step(k, run.tasks, subjects);
    };
    const std::string before = weights_digest(run.model);
    DOCTEST_CHECK(steps_in_budget(run.parts) >= 1);
    DOCTEST_CHECK(weights_digest(run.model) == before);
    DOCTEST_CHECK(std::ranges::count(asked, false) == 13);
    DOCTEST_CHECK(std::ranges::count(asked, true) == 13);
    DOCTEST_CHECK(run.messages().find("without subject tasks") != std::string::npos);
  }

  DOCTEST_TEST_CASE("a budget of few steps is warned of") {
    TrainOptions options = tiny_options(1);
    options.steps.reset();
    for (const auto& [seconds, few] : {std::pair(1e-6, true), std::pair(1e6, false)}) {
      options.budget = seconds;
      TinyRun run(options);
      run.parts.make_step = [](int64_t k, bool) { return Step{tiny_batch(k)}; };
      steps_in_budget(run.parts);
      DOCTEST_CHECK((run.messages().find("allows 1 step; small structures") != std::string::npos) == few);
    }
  }
}
