// SPDX-License-Identifier: Apache-2.0
#include "tasks/subject_scores.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

using Names = std::vector<std::string>;

AnsweredCase named(int number, const std::string& truth, const Names& names,
                   const std::vector<double>& shares, size_t chosen) {
  const std::string id = "sub-" + std::to_string(number);
  return {id, id, truth, ClassShares{names, shares, chosen}};
}

// Two of each class, one b below one a (scikit-learn's example of average precision).
std::vector<AnsweredCase> two_classes() {
  const Names names{"a", "b"};
  return {named(1, "a", names, {0.9, 0.1}, 0), named(2, "a", names, {0.6, 0.4}, 0),
          named(3, "b", names, {0.65, 0.35}, 0), named(4, "b", names, {0.2, 0.8}, 1)};
}

// 0 as 0, 1 as 2, 2 as 2, 3 as 1.
std::vector<AnsweredCase> levels() {
  const Names names{"0", "1", "2", "3"};
  return {named(1, "0", names, {0.7, 0.1, 0.1, 0.1}, 0), named(2, "1", names, {0.1, 0.2, 0.6, 0.1}, 2),
          named(3, "2.0", names, {0.1, 0.1, 0.5, 0.3}, 2), named(4, "3", names, {0.2, 0.6, 0.1, 0.1}, 1)};
}

std::vector<AnsweredCase> ages(const std::string& unit) {
  std::vector<AnsweredCase> cases;
  for (const auto& [truth, answer] :
       std::vector<std::pair<std::string, double>>{{"20", 22}, {"40", 38}, {"60", 66}}) {
    const std::string id = "sub-" + std::to_string(cases.size());
    cases.push_back({id, id, truth, Quantity{.value = answer, .unit = unit}});
  }
  return cases;
}

const TaskScore& score_of(const std::vector<TaskScore>& scores, const std::string& metric) {
  const auto found =
      std::find_if(scores.begin(), scores.end(), [&metric](const auto& one) { return one.metric == metric; });
  DOCTEST_REQUIRE_MESSAGE(found != scores.end(), metric);
  return *found;
}

struct Expected {
  const char* metric;
  double value;
};
void check(const std::vector<TaskScore>& scores, const std::vector<Expected>& expected) {
  DOCTEST_REQUIRE(scores.size() == expected.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    DOCTEST_CHECK(scores[i].metric == expected[i].metric);
    DOCTEST_CHECK_MESSAGE(scores[i].value == doctest::Approx(expected[i].value).epsilon(1e-5),
                          scores[i].metric);
  }
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/subject_scores") {
  DOCTEST_TEST_CASE("scores of two classes equal those worked out by hand") {
    check(class_answer_scores(two_classes()), {{"auc", 0.75},
                                               {"average_precision", 0.5 * 1 + 0.5 * 2 / 3},
                                               {"balanced_accuracy", 0.75},
                                               {"macro_f1", (0.8 + 2.0 / 3) / 2},
                                               {"accuracy", 0.75},
                                               {"mcc", 2 / std::sqrt(12)},
                                               {"brier", (0.01 + 0.16 + 0.4225 + 0.04) / 4},
                                               {"ece", (0.1 + 0.4 + 0.65 + 0.2) / 4},
                                               {"sensitivity", 0.5},
                                               {"specificity", 1},
                                               {"ppv", 1},
                                               {"npv", 2.0 / 3}});
  }

  DOCTEST_TEST_CASE("the AUC of two classes has DeLong's interval where each person has one case") {
    auto cases = two_classes();
    const TaskScore alone = score_of(class_answer_scores(cases), "auc");
    const double deviation = std::sqrt(0.125 / 2 + 0.125 / 2);
    DOCTEST_CHECK(alone.low == doctest::Approx(0.75 - 1.959964 * deviation));
    DOCTEST_CHECK(alone.high == 1);
    cases[1].person = cases[0].person;
    const TaskScore together = score_of(class_answer_scores(cases), "auc");
    DOCTEST_CHECK(together.value == alone.value);
    DOCTEST_CHECK(together.n == 4);
    DOCTEST_CHECK(together.persons == 3);
    DOCTEST_CHECK(together.low != doctest::Approx(alone.low));
  }

  DOCTEST_TEST_CASE("of three classes the AUC is the mean over one against the rest") {
    const Names names{"a", "b", "c"};
    const std::vector<AnsweredCase> cases{
        named(1, "a", names, {0.5, 0.3, 0.2}, 0), named(2, "a", names, {0.2, 0.5, 0.3}, 1),
        named(3, "b", names, {0.3, 0.6, 0.1}, 1), named(4, "c", names, {0.1, 0.1, 0.8}, 2)};
    const auto values = class_answer_values(cases);
    // a: 0.5 and 0.2 against 0.3 and 0.1; b and c lie above all others.
    DOCTEST_CHECK(value_named("auc", values) == doctest::Approx((0.75 + 1 + 1) / 3));
    DOCTEST_CHECK(value_named("balanced_accuracy", values) == doctest::Approx((0.5 + 1 + 1) / 3));
    DOCTEST_CHECK(std::isnan(value_named("sensitivity", values)));
  }

  DOCTEST_TEST_CASE("scores of levels equal those worked out by hand") {
    // Squared distances 0, 1, 0, 4 against 8 expected by chance; above 1 lie 0.8 and 0.2, the others 0.2 and
    // 0.7.
    check(level_answer_scores(levels(), {"1"}), {{"quadratic_kappa", 1 - 5.0 / 8},
                                                 {"mae_levels", 0.75},
                                                 {"accuracy", 0.5},
                                                 {"auc_above_1", 2.5 / 4}});
    DOCTEST_CHECK_THROWS_WITH_AS(level_answer_scores(levels(), {"7"}), doctest::Contains("the cut '7'"),
                                 Error);
  }

  DOCTEST_TEST_CASE("scores of a quantity equal those worked out by hand and carry its unit") {
    check(quantity_answer_scores(ages("years")), {{"mae_years", 10.0 / 3},
                                                  {"rmse_years", std::sqrt(44.0 / 3)},
                                                  {"r2", 1 - 44.0 / 800},
                                                  {"bias", 2},
                                                  {"slope", 0.1},
                                                  {"pearson", 880 / std::sqrt(800.0 * 992)}});
    DOCTEST_CHECK(quantity_answer_scores(ages("")).front().metric == "mae");
    DOCTEST_CHECK(quantity_answer_scores(ages("ml/min")).front().metric == "mae_ml_min");
  }

  DOCTEST_TEST_CASE("intervals hold the value, stay the same whatever the order, and know their persons") {
    auto cases = ages("years");
    const auto scores = quantity_answer_scores(cases);
    std::reverse(cases.begin(), cases.end());
    const auto reversed = quantity_answer_scores(cases);
    for (size_t i = 0; i < scores.size(); ++i) {
      DOCTEST_CAPTURE(scores[i].metric);
      DOCTEST_CHECK(scores[i].persons == 3);
      if (std::isnan(scores[i].low)) continue;
      DOCTEST_CHECK(scores[i].low <= scores[i].value + 1e-9);
      DOCTEST_CHECK(scores[i].value <= scores[i].high + 1e-9);
      DOCTEST_CHECK(reversed[i].low == doctest::Approx(scores[i].low));
      DOCTEST_CHECK(reversed[i].high == doctest::Approx(scores[i].high));
    }
    DOCTEST_CHECK(scores.front().low < scores.front().high);
  }

  DOCTEST_TEST_CASE("cases whose truth is unknown do not count, and without any other nothing is defined") {
    auto cases = two_classes();
    cases.push_back(named(5, "", {"a", "b"}, {0.5, 0.5}, 0));
    cases.push_back(named(6, "other", {"a", "b"}, {0, 1}, 1));
    DOCTEST_CHECK(score_of(class_answer_scores(cases), "auc").n == 4);
    const std::vector<AnsweredCase> unknown(cases.begin() + 4, cases.end());
    for (const TaskScore& score : class_answer_scores(unknown)) {
      DOCTEST_CHECK(score.n == 0);
      DOCTEST_CHECK(std::isnan(score.value));
      DOCTEST_CHECK(std::isnan(score.low));
    }
    auto persons = ages("years");
    persons[0].truth = "old";
    DOCTEST_CHECK(quantity_answer_scores(persons).front().n == 2);
  }

  DOCTEST_TEST_CASE("no cases have no scores; answers of another kind or other names are an error") {
    DOCTEST_CHECK(class_answer_scores({}).empty());
    DOCTEST_CHECK(level_answer_scores({}, {"1"}).empty());
    DOCTEST_CHECK(quantity_answer_scores({}).empty());
    DOCTEST_CHECK_THROWS_AS(class_answer_scores(ages("years")), Error);
    DOCTEST_CHECK_THROWS_AS(quantity_answer_scores(two_classes()), Error);
    auto mixed = two_classes();
    mixed.push_back(levels().front());
    DOCTEST_CHECK_THROWS_AS(class_answer_scores(mixed), Error);
  }
}
