// SPDX-License-Identifier: Apache-2.0
#include "tasks/classification.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "tests/refusal.hpp"
#include "tests/tasks/words.hpp"

#include <doctest/doctest.h>

using namespace tazuna;

namespace {

ClassificationOptions grades() {
  ClassificationOptions options;
  options.name = "grade";
  options.target = {"grade", {"I", "II", "III"}};
  return options;
}

// Four cases of I, two of II and two of III.
std::vector<Subject> training() {
  return people_with("grade", {"I", "I", "I", "I", "II", "II", "III", "III"});
}

std::unique_ptr<Task> fitted(const ClassificationOptions& options) {
  auto task = make_task(options);
  DOCTEST_CHECK(problems_of(*task, training()).empty());
  return task;
}

// -log softmax(row)[k]
double surprise(const std::vector<double>& row, size_t k) {
  double sum = 0;
  for (const double logit : row) sum += std::exp(logit);
  return std::log(sum) - row[k];
}

AnsweredCase answered(const std::string& id, const std::string& truth, std::vector<double> shares) {
  ClassShares answer{{"a", "b"}, std::move(shares), 0};
  answer.chosen = answer.shares[1] > answer.shares[0] ? 1 : 0;
  return {id, id, truth, answer};
}

}  // namespace

DOCTEST_TEST_SUITE("tasks/classification") {
  DOCTEST_TEST_CASE("a row costs its class's weight times smoothed cross-entropy") {
    const std::vector<std::vector<double>> rows{{0.3, -1.2, 2.0}, {1.0, 0.0, -0.5}, {-2, 0.7, 0.1}};
    const std::vector<size_t> truth{0, 1, 2};
    Tensor logits = at::empty({3, 3});
    for (int64_t n = 0; n < 3; ++n)
      for (int64_t k = 0; k < 3; ++k) logits[n][k] = rows[static_cast<size_t>(n)][static_cast<size_t>(k)];
    struct Case {
      const char* weights;
      std::vector<double> given, expected;  // N / (K n_k): 8 / 12 and 8 / 6
    };
    for (const Case& one : {Case{"balanced", {}, {2.0 / 3, 4.0 / 3, 4.0 / 3}}, Case{"none", {}, {1, 1, 1}},
                            Case{"given", {1, 2, 0}, {1, 2, 0}}}) {
      ClassificationOptions options = grades();
      options.label_smoothing = 0.1;
      options.class_weights = one.weights;
      options.given_weights = one.given;
      const auto task = fitted(options);
      const Target target = task->target_of(samples_of(people_with("grade", {"I", "II", "III"})));
      const Tensor loss = task->loss({{logits}}, target);
      for (size_t n = 0; n < 3; ++n) {
        const auto& row = rows[n];
        const double spread = (surprise(row, 0) + surprise(row, 1) + surprise(row, 2)) / 3;
        const double expected = one.expected[n] * (0.9 * surprise(row, truth[n]) + 0.1 * spread);
        DOCTEST_CHECK(loss[static_cast<int64_t>(n)].item<double>() ==
                      doctest::Approx(expected).epsilon(1e-5));
      }
    }
  }

  DOCTEST_TEST_CASE("a case without an answer costs nothing and gives no gradient") {
    const auto task = fitted(grades());
    const auto samples = samples_of(people_with("grade", {"II", "", "n/a", " "}));
    const Target target = task->target_of(samples);
    DOCTEST_CHECK(at::equal(target.present, at::tensor({1, 0, 0, 0}).to(at::kBool)));
    Tensor logits = at::randn({4, 3}).set_requires_grad(true);
    const Tensor loss = task->loss({{logits}}, target);
    DOCTEST_CHECK(loss[0].item<double>() > 0);
    DOCTEST_CHECK(loss.slice(0, 1).abs().sum().item<double>() == 0);
    loss.sum().backward();
    DOCTEST_CHECK(logits.grad()[0].abs().sum().item<double>() > 0);
    DOCTEST_CHECK(logits.grad().slice(0, 1).abs().sum().item<double>() == 0);
  }

  DOCTEST_TEST_CASE("what a fold's training part cannot teach is one sentence each") {
    const auto task = make_task(grades());
    const auto sentence = [&task](const std::vector<std::string>& values) {
      return problems_of(*task, people_with("grade", values));
    };
    DOCTEST_CHECK(says(sentence({"I", "I", "II", "II"}),
                       "tasks: grade: no case of the training part has the class 'III'"));
    DOCTEST_CHECK(says(sentence({"I", "I", "II", "II", "III"}),
                       "one person of the training part has the class 'III' (column 'grade')"));
    DOCTEST_CHECK(says(sentence({"I", "I", "II", "II", "III", "III", "IV"}),
                       "grade of sub-07 is 'IV', which is not in target.classes (I, II, III)"));
    DOCTEST_CHECK(sentence({"", "n/a"}) ==
                  "tasks: grade: no case of the training part has an answer in the column 'grade'\n");
  }

  DOCTEST_TEST_CASE("two sessions of one person are one person of a class") {
    const auto task = make_task(grades());
    auto people = training();
    people[7].person = people[6].person;
    DOCTEST_CHECK(says(problems_of(*task, people), "one person of the training part has the class 'III'"));
  }

  DOCTEST_TEST_CASE("options that ask nothing sensible are refused") {
    const auto sentence = [](const std::function<void(ClassificationOptions&)>& change) {
      ClassificationOptions options = grades();
      change(options);
      return refusal_of([&options] { make_task(options); });
    };
    using Options = ClassificationOptions;
    DOCTEST_CHECK(says(sentence([](Options& o) { o.target.classes = {"I"}; }),
                       "tasks: grade: target.classes names 'I' alone"));
    DOCTEST_CHECK(says(sentence([](Options& o) { o.target.classes.clear(); }), "target.classes is empty"));
    DOCTEST_CHECK(says(sentence([](Options& o) {
                         o.target.classes = {"1", "2", "1.0"};
                       }),
                       "target.classes: '1.0' stands twice"));
    DOCTEST_CHECK(says(sentence([](Options& o) { o.target.column.clear(); }), "target.column is empty"));
    DOCTEST_CHECK(says(sentence([](Options& o) {
                         o.covariates = {"age", "grade"};
                       }),
                       "the column 'grade' is the target and cannot be a covariate"));
    DOCTEST_CHECK(says(sentence([](Options& o) { o.class_weights = "given"; }),
                       "given_weights has 0 numbers, but there are 3 classes"));
    DOCTEST_CHECK(says(sentence([](Options& o) { o.given_weights = {1, 2, 3}; }), "class_weights: given"));
    DOCTEST_CHECK(says(sentence([](Options& o) { o.name = "a.b"; }), "may not hold dots"));
  }

  DOCTEST_TEST_CASE("what fit() found survives in constants") {
    ClassificationOptions options = grades();
    options.covariates = {"age", "sex"};
    auto people = training();
    for (size_t i = 0; i < people.size(); ++i) {
      people[i].values["age"] = std::to_string(20 + 7 * i);
      people[i].values["sex"] = i % 2 ? "f" : "m";
    }
    const auto task = make_task(options);
    DOCTEST_REQUIRE(problems_of(*task, people).empty());
    const auto again = restored(options, *task);
    const auto samples = samples_of(people);
    DOCTEST_CHECK(at::equal(again->covariates_of(samples), task->covariates_of(samples)));
    const TaskOutput output{{at::randn({8, 3})}};
    DOCTEST_CHECK(at::equal(again->loss(output, again->target_of(samples)),
                            task->loss(output, task->target_of(samples))));
  }

  DOCTEST_TEST_CASE("members of an ensemble are averaged as probabilities, the greatest mean is the answer") {
    const auto task = fitted(grades());
    const Tensor logits = at::tensor({0.0, 1.0, 2.0, 5.0, 0.0, 0.0}, at::kFloat).reshape({2, 3});
    const Tensor members = task->averaged(logits);
    DOCTEST_CHECK(at::allclose(members.sum(1), at::ones({2})));
    const auto answer = std::get<ClassShares>(task->decide(members));
    DOCTEST_CHECK(answer.names[answer.chosen] == "I");
    DOCTEST_CHECK(answer.shares[2] == doctest::Approx(members.select(1, 2).mean().item<double>()));
    DOCTEST_CHECK(answer.shares[0] + answer.shares[1] + answer.shares[2] ==
                  doctest::Approx(1).epsilon(1e-12));
  }

  DOCTEST_TEST_CASE("a curve shows the AUC of two classes and the balanced accuracy of more") {
    DOCTEST_CHECK(fitted(grades())->make_score()->value_name() == "balanced_accuracy");
    ClassificationOptions options = grades();
    options.target = {"grade", {"a", "b"}};
    const auto score = make_task(options)->make_score();
    DOCTEST_CHECK(score->value_name() == "auc");
    DOCTEST_CHECK(std::isnan(score->value()));
    const std::vector<std::pair<const char*, double>> cases{{"a", 0.2}, {"b", 0.6}, {"a", 0.7}, {"", 0.9}};
    int number = 0;
    for (const auto& [truth, share] : cases) {
      const Prediction answer = answered("", "", {1 - share, share}).answer;
      score->add(person_with(++number, {{"grade", truth}}), answer, {});
    }
    DOCTEST_CHECK(score->value() == doctest::Approx(0.5));  // 0.6 lies above 0.2 and below 0.7
    DOCTEST_CHECK(score->rows().empty());
    DOCTEST_REQUIRE(score->answered().size() == 4);
    DOCTEST_CHECK(score->answered()[1].truth == "b");
    DOCTEST_CHECK(score->answered()[3].truth.empty());
  }

  DOCTEST_TEST_CASE("a class, a column or the option that says a side makes the task sided") {
    ClassificationOptions options = grades();
    DOCTEST_CHECK_FALSE(make_task(options)->sided());
    options.target.classes = {"left", "right"};
    DOCTEST_CHECK(make_task(options)->sided());
    options.target.classes = {"L", "R"};
    DOCTEST_CHECK(make_task(options)->sided());
    options = grades();
    options.target.column = "onset_left";
    DOCTEST_CHECK(make_task(options)->sided());
    options = grades();
    options.sided = true;
    DOCTEST_CHECK(make_task(options)->sided());
  }

  DOCTEST_TEST_CASE("it wants its column and its covariates, and joins after its start with its weight") {
    ClassificationOptions options = grades();
    options.covariates = {"age"};
    const auto task = make_task(options);
    DOCTEST_CHECK((task->wants().columns == std::vector<std::string>{"age", "grade"}));
    DOCTEST_CHECK(task->wants().maps.empty());
    DOCTEST_CHECK(task->weight() == 0.1);
    DOCTEST_CHECK(task->start() == 0.3);
    DOCTEST_CHECK(task->scope() == Scope::subject);
    DOCTEST_CHECK(task->needs().voxel_shares);
    options.head.mask = false;
    DOCTEST_CHECK_FALSE(make_task(options)->needs().voxel_shares);
    DOCTEST_CHECK_THROWS_AS(task->readout({}, {}), Error);
  }
}
