// SPDX-License-Identifier: Apache-2.0
#include "tasks/ordinal.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "tasks/head.hpp"
#include "tests/refusal.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

OrdinalOptions outcome() {
  OrdinalOptions options;
  options.name = "outcome";
  options.target = {"mrs", {"0", "1", "2", "3"}};
  options.cuts = {"1"};
  return options;
}

std::vector<Subject> training() {
  return people_with("mrs", {"0", "0", "1", "2", "2", "3", ""});
}

std::unique_ptr<Task> fitted() {
  auto task = make_task(outcome());
  DOCTEST_CHECK(problems_of(*task, training()).empty());
  return task;
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/ordinal") {
  DOCTEST_TEST_CASE("a row costs the binary cross-entropies of being above each level") {
    const auto task = fitted();
    DOCTEST_CHECK(task->outputs() == 3);
    const Tensor logits = at::tensor({1.5, 0.2, -0.7}, at::kFloat).expand({4, 3});
    const Target target = task->target_of(samples_of(people_with("mrs", {"0", "1", "2.0", "3"})));
    const Tensor loss = task->loss({{logits}}, target);
    for (int64_t level = 0; level < 4; ++level) {
      double expected = 0;
      for (int64_t k = 0; k < 3; ++k) {
        const double logit = logits[0][k].item<double>();
        expected += std::log1p(std::exp(level > k ? -logit : logit));
      }
      DOCTEST_CHECK(loss[level].item<double>() == doctest::Approx(expected).epsilon(1e-5));
    }
  }

  DOCTEST_TEST_CASE("a case without an answer costs nothing and gives no gradient") {
    const auto task = fitted();
    const Target target = task->target_of(samples_of(people_with("mrs", {"3", "n/a"})));
    Tensor logits = at::randn({2, 3}).set_requires_grad(true);
    const Tensor loss = task->loss({{logits}}, target);
    DOCTEST_CHECK(loss[1].item<double>() == 0);
    loss.sum().backward();
    DOCTEST_CHECK(logits.grad()[0].abs().sum().item<double>() > 0);
    DOCTEST_CHECK(logits.grad()[1].abs().sum().item<double>() == 0);
  }

  DOCTEST_TEST_CASE("level probabilities are >= 0 and sum to 1, also where the logits do not fall") {
    const auto task = fitted();
    at::manual_seed(3);
    const Tensor shares = task->averaged(at::randn({50, 3}) * 3);
    DOCTEST_CHECK(shares.sizes() == at::IntArrayRef({50, 4}));
    DOCTEST_CHECK(shares.min().item<double>() >= 0);
    DOCTEST_CHECK(at::allclose(shares.sum(1), at::ones({50})));
    const Tensor falling = task->averaged(at::tensor({2.0, 0.0, -2.0}, at::kFloat).unsqueeze(0));
    const double above = 1 / (1 + std::exp(-2.0));
    DOCTEST_CHECK(falling[0][0].item<double>() == doctest::Approx(1 - above).epsilon(1e-5));
    DOCTEST_CHECK(falling[0][1].item<double>() == doctest::Approx(above - 0.5).epsilon(1e-5));
  }

  DOCTEST_TEST_CASE("the median level is the answer, not the most probable one") {
    const auto task = fitted();
    const auto chosen = [&task](std::vector<double> shares) {
      const Tensor members = at::tensor(shares, at::kDouble).unsqueeze(0);
      return std::get<ClassShares>(task->decide(members)).chosen;
    };
    DOCTEST_CHECK(chosen({0.4, 0.15, 0.15, 0.3}) == 1);
    DOCTEST_CHECK(chosen({0.6, 0.1, 0.1, 0.2}) == 0);
    DOCTEST_CHECK(chosen({0.1, 0.1, 0.1, 0.7}) == 3);
    DOCTEST_CHECK(chosen({0.25, 0.25, 0.25, 0.25}) == 1);
  }

  DOCTEST_TEST_CASE("unknown levels, a single one and no answer at all are problems") {
    const auto sentence = [](const std::vector<std::string>& values) {
      const auto task = make_task(outcome());
      return problems_of(*task, people_with("mrs", values));
    };
    DOCTEST_CHECK(says(sentence({"0", "1", "6"}),
                       "tasks: outcome: mrs of sub-03 is '6', which is not in target.levels (0, 1, 2, 3)"));
    DOCTEST_CHECK(
        says(sentence({"2", "2", "n/a"}), "in the column 'mrs' have '2'; there is nothing to learn"));
    DOCTEST_CHECK(says(sentence({"", ""}), "no case of the training part has an answer"));
    DOCTEST_CHECK(sentence({"0", "3"}).empty());
  }

  DOCTEST_TEST_CASE("a cut that is no level, or the highest one, is refused") {
    for (const char* cut : {"5", "3"}) {
      OrdinalOptions options = outcome();
      options.cuts = {cut};
      DOCTEST_CHECK(says(refusal_of([&] { make_task(options); }), "is no level that others are above"));
    }
  }

  DOCTEST_TEST_CASE("training begins at the levels' shares, with one slope for all, also after constants") {
    const auto task = fitted();
    const auto copy = restored(outcome(), *task);
    const double first[] = {std::log(4.5 / 2.5), std::log(3.5 / 3.5),
                            std::log(1.5 / 5.5)};  // of 2, 1, 2, 1 cases
    for (const Task* one : {task.get(), copy.get()}) {
      const auto head = one->make_head({{{4}, {}}});
      head->begin();
      const auto parameters = head->named_parameters();
      DOCTEST_CHECK(parameters["out.weight"].size(0) == 1);
      for (int64_t k = 0; k < 3; ++k)
        DOCTEST_CHECK(parameters["bias"][k].item<double>() == doctest::Approx(first[k]).epsilon(1e-6));
    }
  }

  DOCTEST_TEST_CASE("a curve shows quadratic kappa, scores name the cuts") {
    const auto task = fitted();
    const auto score = task->make_score();
    DOCTEST_CHECK(score->value_name() == "kappa");
    const std::vector<std::string> levels{"0", "1", "2", "3"};
    int number = 0;
    for (const auto& [truth, answer] :
         std::vector<std::pair<const char*, size_t>>{{"0", 0}, {"3", 3}, {"1", 1}}) {
      std::vector<double> shares(4, 0.0);
      shares[answer] = 1;
      score->add(person_with(++number, {{"mrs", truth}}), ClassShares{levels, shares, answer}, {});
    }
    DOCTEST_CHECK(score->value() == doctest::Approx(1));
    const auto scores = task->scores(score->answered());
    DOCTEST_CHECK(scores.back().metric == "auc_above_1");
    DOCTEST_CHECK(scores.back().value == doctest::Approx(1));
  }
}
