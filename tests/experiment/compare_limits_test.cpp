// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_limits.hpp"

#include <algorithm>
#include <cmath>

#include "core/random.hpp"
#include "experiment/compare_flow.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

/// Twelve people of two sites; at the second site `in_both` of six have grade II, too.
Experiment two_sites(int in_both) {
  ClassificationOptions grade;
  grade.name = "grade";
  grade.target = {"grade", {"II", "III"}};
  grade.covariates = {"age"};
  Experiment all;
  all.config.tasks = {{grade}};
  all.config.data.split = KFoldOptions{.folds = 2, .stratify = {"grade", "site"}};
  all.cohort.columns = {"grade", "site", "age"};
  all.folds.resize(2);
  for (int i = 0; i < 12; ++i) {
    const std::string id = "sub-" + std::to_string(10 + i);
    const bool two = i < 6 + in_both;
    const Subject subject{
        .id = id,
        .person = id,
        .values = {
            {"grade", two ? "II" : "III"}, {"site", i < 6 ? "A" : "B"}, {"age", std::to_string(40 + i)}}};
    all.cohort.subjects.push_back(subject);
    all.subjects.push_back(std::make_shared<const Subject>(subject));
    all.folds[static_cast<size_t>(i % 2)].held_out.push_back(id);
    all.folds[static_cast<size_t>(1 - i % 2)].train.push_back(id);
  }
  return all;
}

bool holds(const std::vector<std::string>& limits, const std::string& part) {
  return std::any_of(limits.begin(), limits.end(),
                     [&part](const std::string& one) { return one.find(part) != std::string::npos; });
}

DOCTEST_TEST_SUITE("experiment/compare_limits") {
  DOCTEST_TEST_CASE("an answer that goes with the site is said, one that does not is not") {
    DOCTEST_CHECK(holds(site_limits(two_sites(0)), "100 % against 50 %"));
    DOCTEST_CHECK(site_limits(two_sites(5)).empty());
  }

  DOCTEST_TEST_CASE("answers that are independent of many small sites are not said to go with them") {
    Experiment all = two_sites(0);
    all.subjects.clear();
    for (int i = 0; i < 400; ++i) {  // four people a site, of whom two or three share an answer by chance
      const std::string id = std::to_string(i);
      const std::string grade = Random{3, i, "grade"}.chance(0.5) ? "II" : "III";
      all.subjects.push_back(std::make_shared<const Subject>(
          Subject{.id = id, .person = id, .values = {{"grade", grade}, {"site", std::to_string(i / 4)}}}));
    }
    DOCTEST_CHECK(site_limits(all).empty());
    for (auto& subject : all.subjects) {  // the sessions of one person are no other persons
      Subject session = *subject;
      session.person = session.values["site"];
      session.values["grade"] = Random{4, std::stoi(session.person), "grade"}.chance(0.5) ? "II" : "III";
      subject = std::make_shared<const Subject>(session);
    }
    DOCTEST_CHECK(site_limits(all).empty());
  }

  DOCTEST_TEST_CASE("that probabilities follow the weights of classes is said where there are any") {
    Experiment all = two_sites(5);
    DOCTEST_CHECK(
        holds(weight_limits(all.config.tasks), "all classes count alike (class_weights: balanced)"));
    auto& grade = std::get<ClassificationOptions>(all.config.tasks[0].task);
    grade.class_weights = "given";
    grade.given_weights = {1, 2};
    DOCTEST_CHECK(holds(weight_limits(all.config.tasks), "given weights (class_weights: given)"));
    grade.class_weights = "none";
    DOCTEST_CHECK(weight_limits(all.config.tasks).empty());
  }

  DOCTEST_TEST_CASE("an answer that raw intensities tell is said; one that they may tell by chance is not") {
    Table scores({"arm", "task", "structure", "metric", "value", "low", "high"});
    scores.add({"intensity", "grade", "-", "auc", .84, .7, .97});
    scores.add({"intensity", "sex", "-", "auc", .84, .45, .97});
    scores.add({"intensity", "grade", "-", "brier", .84, .7, .97});
    scores.add({"volumes", "mrs", "-", "quadratic_kappa", .84, .7, .97});
    scores.add({"intensity", "age", "-", "r2", .2, .01, .4});
    scores.add({"intensity", "size", "-", "r2", .2, std::nan(""), .4});
    const auto limits = intensity_limits(scores);
    DOCTEST_REQUIRE(limits.size() == 2);
    DOCTEST_CHECK(holds(limits, "answer to grade"));
    DOCTEST_CHECK(holds(limits, "auc 0.84, 95 % interval 0.7 to 0.97"));
    DOCTEST_CHECK(holds(limits, "answer to age"));
  }

  DOCTEST_TEST_CASE("people held aside are said to stand apart") {
    ComparisonPlan plan;
    plan.all = two_sites(5);
    plan.seeds = {1};
    plan.folds = {0, 1};
    DOCTEST_CHECK_FALSE(holds(comparison_limits(plan, {}, false), "held aside"));
    plan.all.held_aside = {plan.all.subjects.front()};
    DOCTEST_CHECK(holds(comparison_limits(plan, {}, false), "People held aside (1 case)"));
  }

  DOCTEST_TEST_CASE("few persons, one seed and folds left out are said; what does not hold is not") {
    ComparisonPlan plan;
    plan.all = two_sites(5);
    plan.seeds = {1};
    plan.folds = {0};
    const auto limits = comparison_limits(plan, {}, /*reads_networks=*/false);
    for (const char* part : {"Research use only", "Only 6 persons", "One seed", "Only 1 of 2 folds"})
      DOCTEST_CHECK_MESSAGE(holds(limits, part), part);
    for (const char* part : {"'volumes'", "several cases", "--occlude-region", "site"})
      DOCTEST_CHECK_MESSAGE(!holds(limits, part), part);
    plan.seeds = {1, 2};
    plan.folds = {0, 1};
    const auto more = comparison_limits(plan, {{.task = "lesion", .metric = "hd95_mm", .left_out = 3}}, true);
    DOCTEST_CHECK(holds(more, "3 cases without a finite value"));
    DOCTEST_CHECK(holds(more, "'volumes'"));
    DOCTEST_CHECK_FALSE(holds(more, "One seed"));
    DOCTEST_CHECK_FALSE(holds(more, "folds are compared"));
  }

  DOCTEST_TEST_CASE("the flow of people counts every part of every fold in the columns used") {
    const Experiment all = two_sites(0);
    DOCTEST_CHECK(flow_columns(all.config, all.cohort) == std::vector<std::string>{"grade", "age", "site"});
    const Table table = flow_table(all, {0, 1});
    DOCTEST_REQUIRE(table.rows() == 5);
    DOCTEST_CHECK(table.text(0, "part") == "all");
    DOCTEST_CHECK(table.text(0, "grade") == "II 6, III 6");
    DOCTEST_CHECK(table.text(0, "age") == "mean 45.5, sd 3.6, 40 to 51");
    DOCTEST_CHECK(table.text(1, "part") == "train");
    DOCTEST_CHECK(table.number(1, "cases") + table.number(2, "cases") == table.number(0, "cases"));
    DOCTEST_CHECK(table.text(2, "site") == "A 3, B 3");
  }
}

}  // namespace
}  // namespace tazuna
