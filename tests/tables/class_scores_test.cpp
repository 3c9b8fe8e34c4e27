// SPDX-License-Identifier: Apache-2.0
#include "tables/class_scores.hpp"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/python.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Scores = std::map<std::string, double>;

Scores by_name(const std::vector<std::pair<std::string, double>>& scores) {
  return {scores.begin(), scores.end()};
}

/// Answers that are sure of class `answers[i]`.
ClassAnswers sure(std::vector<int64_t> truth, const std::vector<int64_t>& answers, int64_t classes) {
  ClassAnswers result{std::move(truth), {}};
  for (const int64_t answer : answers) {
    result.probabilities.emplace_back(static_cast<size_t>(classes), 0);
    result.probabilities.back()[static_cast<size_t>(answer)] = 1;
  }
  return result;
}

void check_scores(const Scores& ours, const nlohmann::json& theirs) {
  for (const auto& [name, value] : theirs.items()) {
    DOCTEST_CAPTURE(name);
    DOCTEST_CHECK(std::isnan(ours.at(name)) == value.is_null());
    if (!value.is_null()) DOCTEST_CHECK(ours.at(name) == doctest::Approx(value.get<double>()).epsilon(1e-9));
  }
}

DOCTEST_TEST_SUITE("tables/class_scores") {
  DOCTEST_TEST_CASE("sure and right is best in every score, sure and wrong worst") {
    const Scores best = by_name(class_scores(sure({0, 1, 2, 1}, {0, 1, 2, 1}, 3), 3));
    for (const char* name : {"accuracy", "balanced_accuracy", "macro_f1", "mcc"})
      DOCTEST_CHECK(best.at(name) == 1);
    for (const char* name : {"brier", "ece", "log_loss"}) DOCTEST_CHECK(best.at(name) == 0);
    const Scores worst = by_name(class_scores(sure({0, 1, 0, 1}, {1, 0, 1, 0}, 2), 2));
    for (const char* name : {"accuracy", "sensitivity", "specificity", "ppv", "npv"})
      DOCTEST_CHECK(worst.at(name) == 0);
    DOCTEST_CHECK(worst.at("mcc") == -1);
    DOCTEST_CHECK(worst.at("brier") == 1);
    DOCTEST_CHECK(worst.at("ece") == 1);
    DOCTEST_CHECK(std::isfinite(worst.at("log_loss")));
  }

  DOCTEST_TEST_CASE("always the majority: accurate by its share, balanced as chance, uncorrelated") {
    const Scores scores = by_name(class_scores(sure({0, 0, 0, 1}, {0, 0, 0, 0}, 2), 2));
    DOCTEST_CHECK(scores.at("accuracy") == 0.75);
    DOCTEST_CHECK(scores.at("balanced_accuracy") == 0.5);
    DOCTEST_CHECK(scores.at("mcc") == 0);
    DOCTEST_CHECK(std::isnan(scores.at("ppv")));
    DOCTEST_CHECK(scores.at("npv") == 0.75);
  }

  DOCTEST_TEST_CASE("what was answered counts as right or wrong, the most probable class only without it") {
    const ClassAnswers probable{{1, 2}, {{.4, .25, .35}, {.1, .2, .7}}};
    ClassAnswers given = probable;
    given.chosen = {1, 2};  // the median level of the first
    const Scores before = by_name(class_scores(probable, 3)), after = by_name(class_scores(given, 3));
    for (const char* name : {"accuracy", "balanced_accuracy"}) {
      DOCTEST_CHECK(before.at(name) == .5);
      DOCTEST_CHECK(after.at(name) == 1);
    }
    for (const char* name : {"brier", "ece", "log_loss"}) DOCTEST_CHECK(before.at(name) == after.at(name));
    given.chosen = {1};
    DOCTEST_CHECK_THROWS_WITH_AS(confusion(given, 3), doctest::Contains("1 chosen"), Error);
    given.chosen = {1, 3};
    DOCTEST_CHECK_THROWS_WITH_AS(confusion(given, 3), doctest::Contains("3 classes"), Error);
  }

  DOCTEST_TEST_CASE("without cases every score is undefined, and misfits are errors") {
    for (const auto& [name, value] : class_scores({}, 2)) {
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(std::isnan(value));
    }
    for (const auto& [name, value] : quantity_scores({}, {})) DOCTEST_CHECK(std::isnan(value));
    DOCTEST_CHECK(std::isnan(quadratic_kappa({}, {}, 3)));
    DOCTEST_CHECK_THROWS_AS(class_scores(sure({0, 1}, {0}, 2), 2), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(class_scores(sure({2}, {0}, 2), 2), doctest::Contains("2 classes"), Error);
    DOCTEST_CHECK_THROWS_AS(class_scores(sure({0}, {0}, 3), 2), Error);
    DOCTEST_CHECK_THROWS_AS(class_scores({{0}, {{std::nan(""), 1}}}, 2), Error);
    const std::vector<int64_t> one{1}, two{1, 2};
    DOCTEST_CHECK_THROWS_AS(quadratic_kappa(one, two, 3), Error);
    DOCTEST_CHECK_THROWS_WITH_AS(quadratic_kappa(two, two, 2), doctest::Contains("from 0 to 1"), Error);
  }

  DOCTEST_TEST_CASE(
      "constant truth and answers, however they round, have no share of variance and no correlation") {
    const std::vector<double> constant(7, 0.1), varied{1, 2, 3, 4, 5, 6, 7};
    DOCTEST_CHECK(std::isnan(by_name(quantity_scores(constant, varied)).at("r2")));
    DOCTEST_CHECK(std::isnan(by_name(quantity_scores(constant, varied)).at("slope")));
    DOCTEST_CHECK(std::isnan(by_name(quantity_scores(varied, constant)).at("pearson")));
    DOCTEST_CHECK(by_name(quantity_scores(varied, constant)).at("slope") == doctest::Approx(-1));
    DOCTEST_CHECK(by_name(quantity_scores(varied, varied)).at("r2") == 1);
  }

  DOCTEST_TEST_CASE("equal levels agree fully, far answers less than near ones") {
    const std::vector<int64_t> truth{0, 1, 2, 3, 4}, near{1, 2, 3, 4, 3}, far{4, 4, 0, 0, 0};
    DOCTEST_CHECK(quadratic_kappa(truth, truth, 5) == 1);
    DOCTEST_CHECK(quadratic_kappa(truth, near, 5) > quadratic_kappa(truth, far, 5));
    DOCTEST_CHECK(std::isnan(quadratic_kappa(std::vector<int64_t>{2, 2}, std::vector<int64_t>{2, 2}, 5)));
  }

  DOCTEST_TEST_CASE("scores are scikit-learn's") {
    const ScratchFolder folder;
    if (!run_python("tables/golden/class_scores.py", {folder.path() / "cases.json"})) return;
    const auto cases = nlohmann::json::parse(read_text(folder.path() / "cases.json"));
    for (const auto& one : cases["classes"]) {
      const ClassAnswers answers{one["truth"], one["probabilities"]};
      const int64_t classes = one["classes"];
      DOCTEST_CHECK(confusion(answers, classes) == one["confusion"].get<std::vector<std::vector<int64_t>>>());
      check_scores(by_name(class_scores(answers, classes)), one["scores"]);
    }
    for (const auto& one : cases["levels"]) {
      const std::vector<int64_t> truth = one["truth"], answers = one["answers"];
      DOCTEST_CHECK(quadratic_kappa(truth, answers, 7) == doctest::Approx(one["kappa"].get<double>()));
    }
    for (const auto& one : cases["quantities"]) {
      const std::vector<double> truth = one["truth"], answers = one["answers"];
      check_scores(by_name(quantity_scores(truth, answers)), one["scores"]);
    }
    DOCTEST_CHECK(cases["classes"].size() + cases["levels"].size() + cases["quantities"].size() == 30);
  }
}

}  // namespace
}  // namespace tazuna
