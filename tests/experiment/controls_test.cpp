// SPDX-License-Identifier: Apache-2.0
#include "experiment/controls.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "core/interrupt.hpp"
#include "core/random.hpp"
#include "experiment/controls_features.hpp"
#include "tasks/column_values.hpp"
#include "tests/experiment/comparison_rows.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

std::shared_ptr<const Subject> person(int number, std::map<std::string, std::string> values) {
  const std::string id = "sub-" + std::to_string(100 + number);
  return std::make_shared<const Subject>(Subject{.id = id, .person = id, .values = std::move(values)});
}

/// Forty people with two numbers, of which the first tells grade, level and age.
struct Cohort40 {
  Cohort40() {
    for (int i = 0; i < 40; ++i) {
      Random random{1, i, "person"};
      const double told = random.normal();
      const int level = static_cast<int>(std::clamp(std::lround(told + 1.5), 0L, 3L));
      people.push_back(person(i, {{"grade", told > 0 ? "III" : "II"},
                                  {"mrs", std::to_string(level)},
                                  {"age", std::to_string(50 + 10 * told)}}));
      rows[people.back()->id] = {told, random.normal()};
    }
  }
  Subjects first() const { return {people.begin(), people.begin() + 30}; }
  Subjects last() const { return {people.begin() + 30, people.end()}; }
  Subjects people;
  FeatureRows rows;
};

double right_answers(const std::vector<AnsweredCase>& answered) {
  double right = 0;
  for (const AnsweredCase& one : answered) {
    const auto& shares = std::get<ClassShares>(one.answer);
    right += shares.names[shares.chosen] == one.truth;
  }
  return right / static_cast<double>(answered.size());
}

DOCTEST_TEST_SUITE("experiment/controls") {
  DOCTEST_TEST_CASE("a control learns what its features tell") {
    const Cohort40 cohort;
    for (const ClassRule rule : {ClassRule::logistic, ClassRule::discriminant}) {
      Control grade(grade_question(), rule);
      grade.fit(cohort.first(), cohort.rows, 1);
      const auto answered = grade.predict(cohort.last(), cohort.rows);
      DOCTEST_CHECK(answered.size() == 10);
      DOCTEST_CHECK(right_answers(answered) >= .8);
    }
    Control age(age_question());
    age.fit(cohort.first(), cohort.rows, 1);
    for (const AnsweredCase& one : age.predict(cohort.last(), cohort.rows)) {
      const auto& quantity = std::get<Quantity>(one.answer);
      DOCTEST_CHECK(quantity.value == doctest::Approx(*number_of(one.truth)).epsilon(.05));
      DOCTEST_CHECK(quantity.unit == "years");
    }
  }

  DOCTEST_TEST_CASE("levels are answered by the rounded regression, and their shares sum to one") {
    const Cohort40 cohort;
    Control level(level_question());
    level.fit(cohort.first(), cohort.rows, 1);
    const auto answered = level.predict(cohort.last(), cohort.rows);
    DOCTEST_CHECK(right_answers(answered) >= .6);
    for (const AnsweredCase& one : answered) {
      double sum = 0;
      for (const double share : std::get<ClassShares>(one.answer).shares) {
        DOCTEST_CHECK(share >= 0);
        sum += share;
      }
      DOCTEST_CHECK(sum == doctest::Approx(1));
    }
  }

  DOCTEST_TEST_CASE("held-out people choose nothing: their truth does not change the answers") {
    Cohort40 cohort;
    Control before(grade_question());
    before.fit(cohort.first(), cohort.rows, 1);
    Cohort40 other;
    for (size_t i = 30; i < 40; ++i) other.people[i] = person(static_cast<int>(i), {{"grade", "II"}});
    Control after(grade_question());
    after.fit(other.first(), other.rows, 1);
    const auto a = before.predict(cohort.last(), cohort.rows), b = after.predict(other.last(), other.rows);
    for (size_t i = 0; i < a.size(); ++i)
      DOCTEST_CHECK(std::get<ClassShares>(a[i].answer).shares == std::get<ClassShares>(b[i].answer).shares);
  }

  DOCTEST_TEST_CASE("a quantity with log is answered in its unit") {
    Cohort40 cohort;
    for (size_t i = 0; i < 40; ++i) {
      const double told = cohort.rows[cohort.people[i]->id][0];
      cohort.people[i] = person(static_cast<int>(i), {{"age", std::to_string(std::exp(told))}});
    }
    AskedTask question = age_question();
    question.log = true;
    Control control(question);
    control.fit(cohort.first(), cohort.rows, 1);
    for (const AnsweredCase& one : control.predict(cohort.last(), cohort.rows))
      DOCTEST_CHECK(std::get<Quantity>(one.answer).value ==
                    doctest::Approx(*number_of(one.truth)).epsilon(.1));
  }

  DOCTEST_TEST_CASE("one answer alone, or one person, cannot be learnt from") {
    const Cohort40 cohort;
    Subjects alike;
    for (int i = 0; i < 10; ++i) alike.push_back(person(i, {{"grade", "II"}}));
    Control control(grade_question());
    DOCTEST_CHECK(says(refusal_of([&] { control.fit(alike, cohort.rows, 1); }), "one answer"));
    DOCTEST_CHECK(says(refusal_of([&] { control.fit({alike[0]}, cohort.rows, 1); }), "fewer than two"));
  }

  DOCTEST_TEST_CASE("columns become indicators of the training people's values, or numbers") {
    Subjects all;
    for (int i = 0; i < 12; ++i)
      all.push_back(
          person(i, {{"sex", i % 2 ? "f" : "m"}, {"age", std::to_string(20 + i)}, {"scanner", "A"}}));
    all.push_back(person(12, {{"sex", "x"}}));
    const Subjects training(all.begin(), all.begin() + 4);
    const ColumnCodes codes({"sex", "age", "scanner"}, all, training);
    DOCTEST_CHECK(codes.columns() == std::vector<std::string>{"sex", "age"});
    DOCTEST_CHECK(codes.of(*all[1]) == std::vector<double>{1, 0, 21});
    DOCTEST_CHECK(codes.of(*all[12]) == std::vector<double>{0, 0, 21.5});  // unknown sex, mean age
    DOCTEST_CHECK(says(refusal_of([&] { ColumnCodes({"scanner"}, all, training); }), "scanner"));
    DOCTEST_CHECK(says(refusal_of([&] { ColumnCodes({}, all, training); }), "no column"));
  }

  DOCTEST_TEST_CASE(
      "numbers stay numbers in a small cohort, codes of groups do not, and words are no number") {
    Subjects all;
    for (int i = 0; i < 8; ++i)
      all.push_back(person(
          i, {{"age", std::to_string(60 + i)}, {"sex", i % 2 ? "2" : "1"}, {"dose", i % 2 ? "0.5" : "1.5"}}));
    const Subjects training(all.begin(), all.begin() + 4);
    const ColumnCodes codes({"age", "sex", "dose"}, all, training);
    DOCTEST_CHECK(codes.of(*all[6]) == std::vector<double>{66, 1, 0, 1.5});  // an age that nobody else has
    const auto aside = person(9, {{"age", "unknown"}, {"sex", "1"}, {"dose", "2"}});
    DOCTEST_CHECK(codes.of(*aside) == std::vector<double>{61.5, 1, 0, 2});
  }

  DOCTEST_TEST_CASE(
      "classes weigh as in the task's loss: balanced, nothing known of a case leaves them alike") {
    Subjects people;
    FeatureRows rows;
    for (int i = 0; i < 100; ++i) {
      people.push_back(person(i, {{"grade", i % 10 == 0 ? "III" : "II"}}));
      rows[people.back()->id] = {Random{2, i, "noise"}.normal()};
    }
    for (const ClassRule rule : {ClassRule::logistic, ClassRule::discriminant}) {
      for (const auto& [weights, second] :
           std::vector<std::pair<std::string, double>>{{"balanced", .5}, {"none", .1}, {"given", .25}}) {
        AskedTask question = grade_question();
        question.class_weights = weights;
        if (weights == "given") question.given_weights = {1, 3};
        Control control(question, rule);
        control.fit(people, rows, 1);
        double mean = 0;
        for (const AnsweredCase& one : control.predict(people, rows))
          mean += std::get<ClassShares>(one.answer).shares[1] / 100;
        DOCTEST_CHECK_MESSAGE(std::abs(mean - second) < .03, weights);
      }
    }
  }

  DOCTEST_TEST_CASE("covariates are those named, else all columns that are no target and no name") {
    Cohort cohort;
    cohort.columns = {"grade", "age", "sex", "name", "block", "remark", "subject_id"};
    for (int i = 0; i < 12; ++i) {
      const auto one = person(i, {{"grade", i % 2 ? "II" : "III"},
                                  {"age", std::to_string(i)},
                                  {"sex", i % 3 ? "f" : "m"},
                                  {"name", "sub-" + std::to_string(100 + i)},
                                  {"block", std::to_string(i)},
                                  {"remark", "remark " + std::to_string(i)},
                                  {"subject_id", std::to_string(i)}});
      cohort.subjects.push_back(*one);
    }
    const std::vector<AskedTask> questions{grade_question()};
    DOCTEST_CHECK(covariate_columns(questions[0], questions, cohort, "block") ==
                  std::vector<std::string>{"age", "sex"});
    AskedTask named = grade_question();
    named.covariates = {"age"};
    DOCTEST_CHECK(covariate_columns(named, questions, cohort, "") == std::vector<std::string>{"age"});
  }

  DOCTEST_TEST_CASE("what was measured is kept, and only what is missing is measured again") {
    const ScratchFolder folder;
    const auto file = folder.path() / "kept" / "rows.tsv";
    Log log(Verbosity::quiet);
    Interrupts interrupts;
    Subjects people;
    for (int i = 0; i < 4; ++i) people.push_back(person(i, {}));
    int calls = 0;
    const auto measure = [&](const Subjects& cases) {
      return *measured(
          file, {"a", "b"}, cases,
          [&]() -> Measure {
            return [&](const auto& subject) {
              ++calls;
              return std::vector<double>{1. / 3, static_cast<double>(subject->id.back())};
            };
          },
          "numbers", log, interrupts);
    };
    const FeatureRows two = measure({people[0], people[1]}), four = measure(people);
    DOCTEST_CHECK(calls == 4);
    DOCTEST_CHECK(four.size() == 4);
    DOCTEST_CHECK(four.at(people[1]->id) == two.at(people[1]->id));
    DOCTEST_CHECK(measure(people) == four);
    DOCTEST_CHECK(calls == 4);
  }

  DOCTEST_TEST_CASE(
      "what was measured before a case that fails is kept, and that case alone is asked again") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    Interrupts interrupts;
    const Subjects people{person(0, {}), person(1, {}), person(2, {})};
    int calls = 0;
    bool damaged = true;
    const auto measure = [&](const std::shared_ptr<const Subject>& subject) {
      ++calls;
      if (damaged && subject == people[2]) throw refused("it cannot be read");
      return std::vector<double>{1};
    };
    const auto ask = [&] {
      return measured(
          folder.path() / "rows.tsv", {"a"}, people, [&]() -> Measure { return measure; }, "numbers", log,
          interrupts);
    };
    DOCTEST_CHECK(refusal_of(ask) == people[2]->id + ": it cannot be read");
    DOCTEST_CHECK(calls == 3);
    damaged = false;
    DOCTEST_CHECK(ask()->size() == 3);
    DOCTEST_CHECK(calls == 4);
  }

  DOCTEST_TEST_CASE("kept rows of the pairs of 250 regions are read in under ten seconds") {
    const ScratchFolder folder;
    Log log(Verbosity::quiet);
    Interrupts interrupts;
    const Subjects people{person(0, {}), person(1, {})};
    const auto ask = [&] {
      return measured(
          folder.path() / "rows.tsv", {}, people,
          []() -> Measure { return [](const auto&) { return std::vector<double>(31125, 0.25); }; }, "numbers",
          log, interrupts);
    };
    const auto first = ask();
    const std::clock_t begin = std::clock();
    DOCTEST_CHECK(ask() == first);
    DOCTEST_CHECK(std::clock() - begin < 10 * CLOCKS_PER_SEC);
  }
}

}  // namespace
}  // namespace tazuna
