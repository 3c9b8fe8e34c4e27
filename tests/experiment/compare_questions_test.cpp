// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_questions.hpp"

#include "tests/experiment/comparison_rows.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("experiment/compare_questions") {
  DOCTEST_TEST_CASE("the answer is the most probable class and the median level") {
    const struct {
      std::vector<double> shares;
      size_t as_class, as_level;
    } rows[] = {{{.4, .1, .1, .4}, 0, 1},  // the cumulative share reaches one half at level 1
                {{.1, .2, .3, .4}, 3, 2},
                {{.5, .5, 0, 0}, 0, 0},
                {{0, 0, 0, 1}, 3, 3}};
    AskedTask classes = level_question();
    classes.ordered = false;
    for (const auto& row : rows) {
      DOCTEST_CHECK(with_answer(row.shares, classes).chosen == row.as_class);
      DOCTEST_CHECK(with_answer(row.shares, level_question()).chosen == row.as_level);
    }
  }

  DOCTEST_TEST_CASE("tasks of all kinds become questions or voxel tasks") {
    SegmentationOptions lesion;
    lesion.name = "lesion";
    ClassificationOptions grade;
    grade.name = "grade";
    grade.target = {"who", {"II", "III"}};
    OrdinalOptions outcome;
    outcome.name = "outcome";
    outcome.target = {"mrs", {"0", "1"}};
    outcome.cuts = {"0"};
    RegressionOptions age;
    age.name = "age";
    age.target = {.column = "years", .unit = "y", .log = true};
    const std::vector<TaskOptions> tasks{{lesion}, {grade}, {outcome}, {age}};
    DOCTEST_CHECK(voxel_tasks(tasks) == std::vector<std::string>{"lesion"});
    const auto questions = subject_questions(tasks);
    DOCTEST_REQUIRE(questions.size() == 3);
    DOCTEST_CHECK(questions[0].names == std::vector<std::string>{"II", "III"});
    DOCTEST_CHECK_FALSE(questions[0].ordered);
    DOCTEST_CHECK(questions[1].ordered);
    DOCTEST_CHECK(questions[1].cuts == std::vector<std::string>{"0"});
    DOCTEST_CHECK(questions[2].names.empty());
    DOCTEST_CHECK(questions[2].log);
    DOCTEST_CHECK(questions[2].column == "years");
  }
}

}  // namespace
}  // namespace tazuna
