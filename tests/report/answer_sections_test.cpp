// SPDX-License-Identifier: Apache-2.0
#include "report/answer_sections.hpp"

#include <algorithm>

#include "report/answer_questions.hpp"
#include "tests/report/comparison_example.hpp"
#include "tests/report/svg_places.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

DOCTEST_TEST_SUITE("report/answer_sections") {
  DOCTEST_TEST_CASE("two classes ask one question, more classes one each, levels one a scored cut") {
    AnsweredTask task{.name = "t", .names = {"a", "b"}};
    DOCTEST_REQUIRE(questions_of(task).size() == 1);
    DOCTEST_CHECK(questions_of(task)[0].places == std::vector<size_t>{1});
    task.names = {"a", "b", "c", "d"};
    DOCTEST_CHECK(questions_of(task).size() == 4);
    task.ordered = true;
    DOCTEST_CHECK(questions_of(task).empty());
    task.scores = {{"t", "-", "auc_above_b", {}}, {"t", "-", "quadratic_kappa", {}}};
    DOCTEST_REQUIRE(questions_of(task).size() == 1);
    DOCTEST_CHECK(questions_of(task)[0].places == std::vector<size_t>{2, 3});
    DOCTEST_CHECK(questions_of(AnsweredTask{.name = "age"}).empty());
  }

  DOCTEST_TEST_CASE("the answer to a question is the sum of the shares that mean yes") {
    const Answerer answerer{
        "joint", 0, false, {{"x", "p", 2, 0, {0.5, 0.2, 0.3}}, {"y", "q", 0, 0, {0.1, 0.2, 0.7}}}};
    const QuestionAnswers answers = answers_to({"above a", {1, 2}}, answerer);
    DOCTEST_CHECK(answers.probability[0] == doctest::Approx(0.5));
    DOCTEST_CHECK(answers.probability[1] == doctest::Approx(0.9));
    DOCTEST_CHECK(answers.yes == std::vector<uint8_t>{1, 0});
    DOCTEST_CHECK(answers.persons == std::vector<std::string>{"p", "q"});
  }

  DOCTEST_TEST_CASE("every score of every arm stands exactly in the table, and the table names its file") {
    const Comparison comparison = made_comparison();
    const AnsweredTask task = made_task(comparison, "grade", {"II", "III"}, 40);
    const std::string text = answers_tables_section({task});
    for (const MeanRow& row : task.scores)
      DOCTEST_CHECK(count(text, cat("data-value=\"", number_text(row.over_cases.mean), "\"")) == 1);
    for (const char* part : {">joint</th>", ">grade</th>", ">volumes</th>", ">AUC</th>", ">Brier score</th>",
                             "Source: scores.tsv", "those of III"})
      DOCTEST_CHECK_MESSAGE(count(text, part) == 1, part);
    DOCTEST_CHECK(count(text, ">lesion</th>") == 0);
    DOCTEST_CHECK(answers_tables_section({}).empty());
  }

  DOCTEST_TEST_CASE(
      "classes have ROC curves, confusion matrices and reliability of networks and of controls") {
    const std::string text =
        answers_figures_section({made_task(made_comparison(), "grade", {"II", "III"}, 40)});
    DOCTEST_CHECK(count(text, "<b>ROC, grade III (networks)</b>") == 1);
    DOCTEST_CHECK(count(text, "<b>ROC, grade III (controls)</b>") == 1);
    DOCTEST_CHECK(count(text, "class=\"band") == 4);  // joint and grade; joint again and volumes
    DOCTEST_CHECK(count(text, "<b>Confusion of grade, ") == 3);
    DOCTEST_CHECK(count(text, "<b>Reliability") == 2);
    DOCTEST_CHECK(count(text, "Source: answers_grade.tsv (truth, p_III)") == 4);
    DOCTEST_CHECK(count(text, "Source: answers_grade.tsv (truth, answer)") == 3);
    DOCTEST_CHECK(count(text, "<figure>") == 7);
    DOCTEST_CHECK(count(text, "class=\"trace\">Source: ") == 7);
  }

  DOCTEST_TEST_CASE(
      "three classes have a ROC figure each, a quantity has answers against truths with the age bias") {
    const Comparison comparison = made_comparison();
    const std::string classes =
        answers_figures_section({made_task(comparison, "grade", {"a", "b", "c"}, 60)});
    for (const char* name : {"a", "b", "c"})
      DOCTEST_CHECK(count(classes, cat("ROC, grade ", name, " against the rest")) == 2);
    DOCTEST_CHECK(count(classes, "share of right answers") == 2);
    const std::string ages = answers_figures_section({made_task(comparison, "age", {}, 60)});
    DOCTEST_CHECK(count(ages, "<figure>") == 3);
    DOCTEST_CHECK(count(ages, "slope of error on truth") == 3);
    DOCTEST_CHECK(count(ages, "MAE 0.") == 3);
    DOCTEST_CHECK(count(ages, " years, bias ") == 3);
  }

  DOCTEST_TEST_CASE("DeLong's interval stands beside an area only where every case is a person") {
    AnsweredTask two = made_task(made_comparison(), "grade", {"II", "III"}, 40),
                 three = made_task(made_comparison(), "grade", {"a", "b", "c"}, 60);
    const std::string bootstrap = "[0.100, 0.900]";  // of the scores; a line tells its name twice
    DOCTEST_CHECK(count(answers_figures_section({two}), bootstrap) == 0);
    DOCTEST_CHECK(count(answers_figures_section({two}), ": AUC 0.") == 8);
    DOCTEST_CHECK(count(answers_figures_section({three}), "[0.") == 24);
    for (AnsweredTask* task : {&two, &three})
      for (Answerer& one : task->answerers)
        for (GivenAnswer& given : one.answers) given.person = given.case_id.substr(0, 5);  // sub-1 and sub-10
    DOCTEST_CHECK(count(answers_figures_section({two}), bootstrap) == 8);
    DOCTEST_CHECK(count(answers_figures_section({three}), "[0.") == 0);  // no score is one class's area
    DOCTEST_CHECK(count(answers_tables_section({two}), "where each person has one case") == 1);
  }

  DOCTEST_TEST_CASE("of many networks no bands are drawn and the caption says so") {
    Comparison comparison = made_comparison();
    for (int i = 0; i < 4; ++i) comparison.arms.push_back({cat("more", i), false, {"grade"}, 5});
    const std::string text = answers_figures_section({made_task(comparison, "grade", {"II", "III"}, 40)});
    DOCTEST_CHECK(count(text, "no bands, they would hide each other") == 1);
  }

  DOCTEST_TEST_CASE("a class that nobody has leaves out its curve, a run's only network has no name") {
    AnsweredTask task = made_task(made_comparison(), "grade", {"II", "III"}, 20);
    task.answerers.resize(1);
    task.answerers[0].name = "";
    DOCTEST_CHECK(count(answers_figures_section({task}), "<b>ROC, grade III</b>") == 1);
    for (GivenAnswer& given : task.answerers[0].answers) given.truth = 0;
    DOCTEST_CHECK(count(answers_figures_section({task}), "<b>ROC") == 0);
  }
}

}  // namespace
}  // namespace tazuna
