// SPDX-License-Identifier: Apache-2.0
#include "tasks/regression.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "tests/refusal.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

RegressionOptions age(bool log = false) {
  RegressionOptions options;
  options.name = "age";
  options.target = {"age", "years", log};
  return options;
}

std::vector<Subject> training() {
  return people_with("age", {"20", "40", "60", "80"});
}

std::unique_ptr<Task> fitted(const RegressionOptions& options) {
  auto task = make_task(options);
  DOCTEST_CHECK(problems_of(*task, training()).empty());
  return task;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/regression") {
  DOCTEST_TEST_CASE("targets are standardised on the training part, and the answer undoes it") {
    for (const bool log : {false, true}) {
      DOCTEST_CAPTURE(log);
      const auto task = fitted(age(log));
      const Target target = task->target_of(samples_of(training()));
      DOCTEST_CHECK(target.value.mean().item<double>() == doctest::Approx(0).scale(1).epsilon(1e-6));
      DOCTEST_CHECK(target.value.square().mean().item<double>() == doctest::Approx(1).epsilon(1e-5));
      const Tensor answers = task->averaged(target.value.unsqueeze(1));
      DOCTEST_CHECK(
          at::allclose(answers, at::tensor({20.0, 40.0, 60.0, 80.0}, at::kFloat).unsqueeze(1), 1e-4));
    }
  }

  DOCTEST_TEST_CASE("a row costs Huber's loss with delta 1 of the standardised error") {
    const auto task = fitted(age());
    const Target target = task->target_of(samples_of(people_with("age", {"50", "50", "50"})));  // the mean: 0
    const Tensor loss = task->loss({{at::tensor({0.5, -1.0, 3.0}, at::kFloat).unsqueeze(1)}}, target);
    DOCTEST_CHECK(at::allclose(loss, at::tensor({0.125, 0.5, 2.5}, at::kFloat)));
  }

  DOCTEST_TEST_CASE("a case without an answer costs nothing and gives no gradient") {
    const auto task = fitted(age());
    const Target target = task->target_of(samples_of(people_with("age", {"30", "", "n/a"})));
    DOCTEST_CHECK(at::equal(target.present, at::tensor({1, 0, 0}).to(at::kBool)));
    Tensor logits = at::full({3, 1}, 2.0).set_requires_grad(true);
    task->loss({{logits}}, target).sum().backward();
    DOCTEST_CHECK(logits.grad()[0].item<double>() != 0);
    DOCTEST_CHECK(logits.grad().slice(0, 1).abs().sum().item<double>() == 0);
  }

  DOCTEST_TEST_CASE("what a fold's training part cannot teach is one sentence each") {
    const auto sentence = [](bool log, const std::vector<std::string>& values) {
      const auto task = make_task(age(log));
      return problems_of(*task, people_with("age", values));
    };
    DOCTEST_CHECK(sentence(false, {"20", "30", "old"}) ==
                  "tasks: age: age of sub-03 is 'old', not a number\n");
    DOCTEST_CHECK(says(sentence(false, {"", "n/a"}), "no case of the training part has an answer"));
    DOCTEST_CHECK(says(sentence(false, {"42", "42.0", ""}),
                       "the column 'age' is the same in all 2 cases of the training part"));
    DOCTEST_CHECK(
        says(sentence(true, {"20", "0", "-3"}),
             "age of sub-02 is '0', not a number above 0, which target.log needs (and 1 more case)"));
  }

  DOCTEST_TEST_CASE("a held-out text is refused by its case") {
    const auto task = fitted(age());
    const auto samples = samples_of(people_with("age", {"old"}));
    DOCTEST_CHECK(refusal_of([&] { task->target_of(samples); }) == "age of sub-01 is 'old', not a number");
  }

  DOCTEST_TEST_CASE("what fit() found survives in constants") {
    const auto task = fitted(age(true));
    const auto again = restored(age(true), *task);
    const Tensor logits = at::randn({5, 1});
    DOCTEST_CHECK(at::equal(again->averaged(logits), task->averaged(logits)));
    const auto samples = samples_of(training());
    DOCTEST_CHECK(at::equal(again->target_of(samples).value, task->target_of(samples).value));
  }

  DOCTEST_TEST_CASE("the members' mean is the answer with its unit, their spread stands beside") {
    const auto task = fitted(age());
    const auto several = std::get<Quantity>(task->decide(at::tensor({30.0, 34.0, 38.0}).reshape({3, 1})));
    DOCTEST_CHECK(several.value == doctest::Approx(34));
    DOCTEST_CHECK(several.sd == doctest::Approx(4));
    DOCTEST_CHECK(several.unit == "years");
    DOCTEST_CHECK(std::isnan(std::get<Quantity>(task->decide(at::full({1, 1}, 30.0))).sd));
  }

  DOCTEST_TEST_CASE("a curve shows the mean absolute error") {
    const auto score = fitted(age())->make_score();
    DOCTEST_CHECK(score->value_name() == "mae");
    DOCTEST_CHECK(std::isnan(score->value()));
    score->add(person_with(1, {{"age", "30"}}), Quantity{.value = 32, .unit = "years"}, {});
    score->add(person_with(2, {{"age", "50"}}), Quantity{.value = 44, .unit = "years"}, {});
    score->add(person_with(3, {}), Quantity{.value = 99, .unit = "years"}, {});
    DOCTEST_CHECK(score->value() == doctest::Approx(4));
    DOCTEST_CHECK(score->answered().size() == 3);
  }
}
