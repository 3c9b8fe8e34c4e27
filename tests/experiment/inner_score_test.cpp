// SPDX-License-Identifier: Apache-2.0
#include "experiment/inner_score.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace tazuna {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<AnsweredCase> aged(const std::vector<std::string>& truths) {
  std::vector<AnsweredCase> cases;
  for (const std::string& truth : truths) {
    AnsweredCase& one = cases.emplace_back();
    one.truth = truth;
    Quantity answer;
    answer.value = 50;
    one.answer = answer;
  }
  return cases;
}

DOCTEST_TEST_SUITE("experiment/inner_score") {
  DOCTEST_TEST_CASE("tasks count alike, an error as its share of the best constant's") {
    Validation validation;
    validation.values = {{"lesion", "dice", 0.7}, {"grade", "auc", 0.9}};
    DOCTEST_CHECK(inner_score(validation) == doctest::Approx(0.8));
    validation.values.emplace_back("age", "mae", 5);
    validation.answered = {{"age", aged({"40", "50", "60", "n/a"})}};  // 20 / 3 years from 50 on average
    DOCTEST_CHECK(inner_score(validation) == doctest::Approx((0.7 + 0.9 + 0.25) / 3));
    std::get<2>(validation.values.back()) = 0;
    DOCTEST_CHECK(inner_score(validation) == doctest::Approx((0.7 + 0.9 + 1) / 3));
  }

  DOCTEST_TEST_CASE("what is undefined is left out, and nothing defined is no score") {
    Validation validation;
    validation.values = {{"lesion", "dice", undefined}, {"age", "mae", 5}};
    DOCTEST_CHECK(std::isnan(inner_score(validation)));
    validation.answered = {{"age", aged({"40", "40"})}};  // alike: no constant could err
    DOCTEST_CHECK(std::isnan(inner_score(validation)));
    validation.values.emplace_back("grade", "kappa", -0.5);
    DOCTEST_CHECK(inner_score(validation) == -0.5);
  }
}

}  // namespace
}  // namespace tazuna
