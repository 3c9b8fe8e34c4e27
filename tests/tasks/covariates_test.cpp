// SPDX-License-Identifier: Apache-2.0
#include "tasks/covariates.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "tests/refusal.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

std::vector<Subject> training() {
  return {person_with(1, {{"age", "20"}, {"sex", "f"}}), person_with(2, {{"age", "40"}, {"sex", "m"}}),
          person_with(3, {{"age", "60"}, {"sex", "f"}}), person_with(4, {})};
}

Covariates fitted() {
  Covariates covariates({"age", "sex"});
  Problems problems;
  covariates.fit(training(), "tasks: grade", problems);
  DOCTEST_CHECK(problems.empty());
  return covariates;
}

std::string problem_with(const std::string& column, const std::vector<std::string>& values) {
  Covariates covariates({column});
  Problems problems;
  covariates.fit(people_with(column, values), "tasks: grade", problems);
  return problems.empty() ? "" : problems.list().front().sentence;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/covariates") {
  DOCTEST_TEST_CASE("numbers have mean 0 and population sd 1 on the training part, words one input each") {
    const Covariates covariates = fitted();
    DOCTEST_CHECK(covariates.width() == 3);
    const Tensor inputs = covariates.of(samples_of(training()));
    const float far = 1.2247449F;  // 20 / sqrt((400 + 0 + 400) / 3)
    const Tensor expected =
        at::tensor({-far, 1.F, 0.F, 0.F, 0.F, 1.F, far, 1.F, 0.F, 0.F, 0.F, 0.F}).reshape({4, 3});
    DOCTEST_CHECK(at::allclose(inputs, expected, 1e-5, 1e-6));
  }

  DOCTEST_TEST_CASE("a new word and a missing value are 0, a text among numbers is refused by its case") {
    const Covariates covariates = fitted();
    const auto people = people_with("sex", {"x", "n/a", ""});
    DOCTEST_CHECK(at::equal(covariates.of(samples_of(people)), at::zeros({3, 3})));
    const auto old = samples_of(people_with("age", {"old"}));
    DOCTEST_CHECK(refusal_of([&] { covariates.of(old); }) == "age of sub-01 is 'old', not a number");
  }

  DOCTEST_TEST_CASE(
      "a column of numbers with a text in it and one without values are problems, a constant is not") {
    DOCTEST_CHECK(problem_with("age", {"20", "30", "old"}) == "age of sub-03 is 'old', not a number");
    DOCTEST_CHECK(
        says(problem_with("age", {"", "n/a"}), "no case of the training part has a value in 'age'"));
    DOCTEST_CHECK(problem_with("age", {"20", "20"}).empty());
    DOCTEST_CHECK(problem_with("site", {"a", "a"}).empty());
  }

  DOCTEST_TEST_CASE(
      "without columns there is nothing to read, and columns must be fitted before they are read") {
    const Covariates none({});
    DOCTEST_CHECK(none.width() == 0);
    DOCTEST_CHECK_FALSE(none.of(samples_of(training())).defined());
    const Covariates early({"age"});
    DOCTEST_CHECK_THROWS_AS(early.width(), Error);
  }
}
