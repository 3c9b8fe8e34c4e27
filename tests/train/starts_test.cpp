// SPDX-License-Identifier: Apache-2.0
#include "train/starts.hpp"

#include "tests/train/tiny_run.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

DOCTEST_TEST_SUITE("train/starts") {
  DOCTEST_TEST_CASE(
      "a task takes part once its share of the steps is done, and not a step later for rounding") {
    struct Row {
      double start;
      int64_t steps, first;
    };
    for (const Row& row : {Row{0, 100, 0}, Row{0.3, 10, 3}, Row{0.3, 11, 4}, Row{0.07, 100, 7},
                           Row{0.29, 100, 29}, Row{1e-9, 50, 0}, Row{0.5, 1, 1}, Row{1, 40, 40}}) {
      DOCTEST_CAPTURE(row.start);
      const std::vector<std::shared_ptr<Task>> tasks{tiny_task(), tiny_question("size", row.start)};
      DOCTEST_CHECK(first_steps(tasks, row.steps) == std::vector<int64_t>{0, row.first});
      DOCTEST_CHECK(first_subject_step(tasks, row.steps) == row.first);
    }
  }

  DOCTEST_TEST_CASE(
      "without a voxel task there is nothing to wait for, without a subject task no view to make") {
    const std::vector<std::shared_ptr<Task>> questions{tiny_question("a", 0.3), tiny_question("b", 0.6)};
    DOCTEST_CHECK(first_steps(questions, 100) == std::vector<int64_t>{0, 0});
    DOCTEST_CHECK(first_subject_step(questions, 100) == 0);
    DOCTEST_CHECK(first_subject_step(std::vector<std::shared_ptr<Task>>{tiny_task()}, 100) == 100);
    const std::vector<std::shared_ptr<Task>> all{questions[0], tiny_task(), questions[1]};
    DOCTEST_CHECK(first_subject_step(all, 100) == 30);
  }
}
