// SPDX-License-Identifier: Apache-2.0
#include "experiment/saliency.hpp"

#include <cmath>

#include "tests/experiment/comparison_rows.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::vector<std::string> texts(const std::vector<SalientCase>& cases) {
  std::vector<std::string> all;
  for (const SalientCase& one : cases) all.push_back(one.task + " " + one.role + ": " + one.case_id);
  return all;
}

DOCTEST_TEST_SUITE("experiment/saliency") {
  DOCTEST_TEST_CASE("worst, median and best are told by the share of the truth and by the distance") {
    Outcomes outcomes;
    outcomes.answers["grade"] = {class_row("joint", 1, "a", "III", .9), class_row("joint", 1, "b", "II", .7),
                                 class_row("joint", 1, "c", "III", .5), class_row("joint", 1, "d", "II", .4),
                                 class_row("joint", 1, "e", "", .99),   class_row("joint", 2, "f", "II", 1),
                                 class_row("grade", 1, "g", "II", 1)};
    outcomes.answers["age"] = {number_row("joint", 1, "a", "40", 42), number_row("joint", 1, "b", "40", 31)};
    DOCTEST_CHECK(texts(salient_cases(outcomes, "joint", 1, {grade_question(), age_question()})) ==
                  std::vector<std::string>{"grade worst of 4: b", "grade median of 4: c",
                                           "grade best of 4: a", "age worst of 2: b", "age best of 2: a"});
    outcomes.answers["age"].resize(1);
    DOCTEST_CHECK(texts(salient_cases(outcomes, "joint", 1, {age_question()})) ==
                  std::vector<std::string>{"age the only case: a"});
    DOCTEST_CHECK(salient_cases(outcomes, "nobody", 1, {age_question()}).empty());
  }

  DOCTEST_TEST_CASE("levels are ranked by the distance of their mean") {
    Outcomes outcomes;
    const AskedTask levels = level_question();
    const auto row = [&levels](const char* id, const char* truth, std::vector<double> shares) {
      return RunAnswer{{"joint", 1, 0}, {id, id, truth, with_answer(std::move(shares), levels)}};
    };
    outcomes.answers["mrs"] = {row("near", "1", {.4, .2, .4, 0}), row("far", "0", {.5, 0, 0, .5}),
                               row("some", "3", {0, 0, .5, .5})};
    DOCTEST_CHECK(
        texts(salient_cases(outcomes, "joint", 1, {levels})) ==
        std::vector<std::string>{"mrs worst of 3: far", "mrs median of 3: some", "mrs best of 3: near"});
  }

  DOCTEST_TEST_CASE("classes are mapped in log-odds, levels by their mean, quantities in their unit") {
    DOCTEST_CHECK(answer_value({.2, .8}, grade_question(), 1) == doctest::Approx(std::log(4.)));
    DOCTEST_CHECK(answer_value({.2, .8}, grade_question(), 0) == doctest::Approx(-std::log(4.)));
    DOCTEST_CHECK(std::isfinite(answer_value({0, 1}, grade_question(), 1)));
    DOCTEST_CHECK(answer_value({.25, .25, 0, .5}, level_question(), 3) == doctest::Approx(1.75));
    DOCTEST_CHECK(answer_value({47.5}, age_question(), 0) == 47.5);
    DOCTEST_CHECK(answer_measure(grade_question(), 1) == "log-odds of III");
    DOCTEST_CHECK(answer_measure(level_question(), 1) == "mean level");
    DOCTEST_CHECK(answer_measure(age_question(), 0) == "answer (years)");
  }

  DOCTEST_TEST_CASE("all maps together ask for no more views than training showed, within 27 and 216 boxes") {
    DOCTEST_CHECK(salient_boxes(10, 1) == 27);
    DOCTEST_CHECK(salient_boxes(600, 1) == 100);
    DOCTEST_CHECK(salient_boxes(1'200, 2) == 100);
    DOCTEST_CHECK(salient_boxes(100'000, 2) == 216);
  }
}

}  // namespace
}  // namespace tazuna
