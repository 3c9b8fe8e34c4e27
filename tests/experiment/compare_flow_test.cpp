// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_flow.hpp"

#include "core/text.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Columns = std::vector<std::string>;

DOCTEST_TEST_SUITE("experiment/compare_flow") {
  DOCTEST_TEST_CASE("what describes people is shown after what the experiment uses, however it is spelled") {
    ExperimentConfig config;
    ClassificationOptions grade;
    grade.name = grade.target.column = "grade";
    grade.covariates = {"AGE"};
    config.tasks = {{grade}};
    config.data.split = KFoldOptions{.folds = 2, .stratify = {"centre"}};
    const Cohort cohort{.columns = {"Sex", "AGE", "grade", "centre", "weight", "SITE", "agent", "Gender",
                                    "group", "diagnosis", "Scanner", "image"}};
    DOCTEST_CHECK(flow_columns(config, cohort) == Columns{"grade", "AGE", "centre", "Sex", "SITE", "Gender",
                                                          "group", "diagnosis", "Scanner"});
  }

  DOCTEST_TEST_CASE("a table that says nothing of its people has no such columns") {
    const Cohort cohort{.columns = {"weight", "image"}};
    DOCTEST_CHECK(flow_columns({}, cohort) == Columns{});
  }

  DOCTEST_TEST_CASE("the rows count sexes and describe ages of each part, also of people held aside") {
    Experiment all;
    all.cohort.columns = {"sex", "Age"};
    all.folds.resize(1);
    for (int i = 0; i < 14; ++i) {
      const Subject subject{.id = cat("sub-", i),
                            .person = cat("sub-", i),
                            .values = {{"sex", i < 9 ? "F" : "M"}, {"Age", cat(20 + i)}}};
      if (i == 13) {
        all.held_aside.push_back(std::make_shared<const Subject>(subject));
        continue;
      }
      all.cohort.subjects.push_back(subject);
      all.subjects.push_back(std::make_shared<const Subject>(subject));
      (i < 3 ? all.folds[0].held_out : all.folds[0].train).push_back(subject.id);
    }
    const Table flow = flow_table(all, {0});
    DOCTEST_CHECK(flow.columns() == Columns{"fold", "part", "cases", "persons", "sex", "Age"});
    DOCTEST_REQUIRE(flow.rows() == 4);
    DOCTEST_CHECK(flow.text(0, "sex") == "F 9, M 4");
    DOCTEST_CHECK(flow.text(1, "sex") == "F 6, M 4");
    DOCTEST_CHECK(flow.text(2, "Age") == "mean 21, sd 1, 20 to 22");
    DOCTEST_CHECK(flow.text(3, "part") == "held_aside");
    DOCTEST_CHECK(flow.text(3, "sex") == "M 1");
  }
}

}  // namespace
}  // namespace tazuna
