// SPDX-License-Identifier: Apache-2.0
#include "infer/subject_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/files.hpp"
#include "tests/infer/tiny.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

using Words = std::vector<std::string>;

Prediction grade(double second) {
  return ClassShares{{"II", "III"}, {1 - second, second}, second > 0.5 ? size_t{1} : size_t{0}};
}
Prediction age(double years, double sd = std::numeric_limits<double>::quiet_NaN()) {
  return Quantity{years, sd, "years"};
}

const std::vector<SubjectColumns> columns{{"grade", {"II", "III"}}, {"age", {}, "years"}};

/// Four cases in disorder: one failed, one without a truth, one answered in one task alone.
std::vector<SubjectRow> some_rows() {
  return {{"sub-3", "sub-3", "", {}, {{"grade", "II"}}},
          {"sub-1_ses-1", "sub-1", "ses-1", {{"grade", grade(0.75)}, {"age", age(61.5, 2)}}, {{"age", "60"}}},
          {"sub-2", "sub-2", "", {{"age", age(1.0 / 3)}}, {{"age", "1"}, {"grade", "III"}}},
          {"sub-1_ses-2", "sub-1", "ses-2", {{"grade", grade(0.1)}}, {{"grade", "III"}}}};
}

std::vector<std::shared_ptr<Task>> fitted(const std::vector<TaskOptions>& options) {
  return tiny_model(recipe_of(options), 1).tasks;
}

DOCTEST_TEST_SUITE("infer/subject_table") {
  DOCTEST_TEST_CASE("columns are answer, truth, shares or spread; what is missing is n/a, rows are sorted") {
    const Table table = subject_table(some_rows(), columns, /*with_truth=*/true);
    DOCTEST_CHECK(table.columns() == Words{"case", "person", "session", "grade", "grade_true", "grade_p_II",
                                           "grade_p_III", "age", "age_true", "age_sd"});
    DOCTEST_CHECK(table.tsv() ==
                  "case\tperson\tsession\tgrade\tgrade_true\tgrade_p_II\tgrade_p_III\tage\tage_true\tage_sd\n"
                  "sub-1_ses-1\tsub-1\tses-1\tIII\tn/a\t0.25\t0.75\t61.5\t60\t2\n"
                  "sub-1_ses-2\tsub-1\tses-2\tII\tIII\t0.9\t0.1\tn/a\tn/a\tn/a\n"
                  "sub-2\tsub-2\tn/a\tn/a\tIII\tn/a\tn/a\t0.3333333333333333\t1\tn/a\n"
                  "sub-3\tsub-3\tn/a\tn/a\tII\tn/a\tn/a\tn/a\tn/a\tn/a\n");
    DOCTEST_CHECK(subject_table(some_rows(), columns, false).columns() ==
                  Words{"case", "person", "session", "grade", "grade_p_II", "grade_p_III", "age", "age_sd"});
  }

  DOCTEST_TEST_CASE("what was written is read back, to the byte") {
    const ScratchFolder folder;
    for (const bool with_truth : {true, false}) {
      const std::string text = subject_table(some_rows(), columns, with_truth).tsv();
      write_atomically(folder.path() / "subjects.tsv", text);
      const SubjectTable read = read_subjects(folder.path() / "subjects.tsv");
      DOCTEST_REQUIRE(read.columns.size() == 2);
      DOCTEST_CHECK(read.columns[0].names == columns[0].names);
      DOCTEST_CHECK(read.columns[1].names.empty());
      DOCTEST_CHECK(subject_table(read.rows, read.columns, with_truth).tsv() == text);
    }
  }

  DOCTEST_TEST_CASE("answers come by task, with the truth of the file or of the caller") {
    const ScratchFolder folder;
    const auto file = folder.path() / "subjects.tsv";
    write_atomically(file, subject_table(some_rows(), columns, true).tsv());
    const auto answers = read_answers(file, {{"grade", {{"sub-1_ses-1", "II"}}}});
    DOCTEST_REQUIRE(answers.at("grade").size() == 2);
    DOCTEST_CHECK(answers.at("grade")[0].truth == "II");
    DOCTEST_CHECK(answers.at("grade")[1].truth == "III");
    DOCTEST_CHECK(answers.at("grade")[1].person == "sub-1");
    DOCTEST_CHECK(std::get<ClassShares>(answers.at("grade")[0].answer).chosen == 1);
    DOCTEST_REQUIRE(answers.at("age").size() == 2);
    DOCTEST_CHECK(std::get<Quantity>(answers.at("age")[0].answer).sd == 2);
    DOCTEST_CHECK(std::isnan(std::get<Quantity>(answers.at("age")[1].answer).sd));
    const auto known = known_answers(some_rows(), "grade");
    DOCTEST_REQUIRE(known.size() == 1);
    DOCTEST_CHECK(known[0].case_id == "sub-1_ses-2");
  }

  DOCTEST_TEST_CASE("another program's table is read by its numbers, and its words are passed over") {
    const ScratchFolder folder;
    const auto file = folder.path() / "theirs.csv";
    write_atomically(
        file, std::string_view("participant_id,site,age,empty\nsub-1,A,61.5,n/a\nsub-2_ses-1,B,n/a,\n"));
    const SubjectTable read = read_subjects(file);
    DOCTEST_REQUIRE(read.columns.size() == 1);
    DOCTEST_CHECK(read.columns[0].task == "age");
    DOCTEST_CHECK(read.rows[1].person == "sub-2");
    DOCTEST_CHECK(std::get<Quantity>(read.rows[0].answers.at("age")).value == 61.5);
    DOCTEST_CHECK(read.rows[1].answers.empty());
  }

  DOCTEST_TEST_CASE("cells that cannot be are refused with file, row and column") {
    struct Slip {
      std::string text;
      Words says;
    };
    const std::string head = "case\tgrade\tgrade_p_II\tgrade_p_III\n";
    const Slip slips[] = {
        {head + "a\tII\t0.5\t0.5\nb\tIII\t1.5\t0\n", {"row 2", "grade_p_II is 1.5", "from 0 to 1"}},
        {head + "a\tII\tn/a\t0.5\n", {"row 1", "grade_p_II is n/a"}},
        {head + "a\tII\tmuch\t0.5\n", {"grade_p_II", "'much'"}},
        {head + "a\tIV\t0.5\t0.5\n", {"row 1", "grade is 'IV'", "no column grade_p_IV"}},
        {head + "a\tII\t0.5\t0.5\na\tII\t0.5\t0.5\n", {"row 2", "'a' stands there twice"}},
        {head + "n/a\tII\t0.5\t0.5\n", {"row 1 has no case"}},
        {"case\tage\tage_sd\na\told\tn/a\n", {"age", "'old'"}},
        {"name\tage\na\t1\n", {"no column 'case'"}}};
    const ScratchFolder folder;
    const auto file = folder.path() / "subjects.tsv";
    for (const Slip& slip : slips) {
      write_atomically(file, slip.text);
      const std::string sentence = refusal_of([&] { read_subjects(file); });
      DOCTEST_CAPTURE(sentence);
      DOCTEST_CHECK(says(sentence, "subjects.tsv: "));
      for (const std::string& part : slip.says) DOCTEST_CHECK_MESSAGE(says(sentence, part), part);
    }
  }

  DOCTEST_TEST_CASE("a truth must be one of the classes, or a number") {
    DOCTEST_CHECK(says(truth_problem(columns[0], "IV"), "no column grade_p_IV"));
    DOCTEST_CHECK(says(truth_problem(columns[1], "old"), "a number was predicted"));
    DOCTEST_CHECK(truth_problem(columns[0], "III") == "");
    DOCTEST_CHECK(truth_problem(columns[1], "61") == "");
    DOCTEST_CHECK(truth_problem({"level", {"0", "1"}}, "1.0") == "");
  }

  DOCTEST_TEST_CASE("tasks say their columns before any case was answered") {
    const auto found = subject_columns(fitted({grade_task(), tiny_recipe().tasks.front(), age_task()}));
    DOCTEST_REQUIRE(found.size() == 2);
    DOCTEST_CHECK(found[0].task == "grade");
    DOCTEST_CHECK(found[0].names == Words{"II", "III"});
    DOCTEST_CHECK(found[1].names.empty());
    DOCTEST_CHECK(found[1].unit == "years");
  }

  DOCTEST_TEST_CASE("written answers are the tasks' scores of the cases with a truth, in any order of rows") {
    const auto tasks = fitted({grade_task(), age_task()});
    std::vector<SubjectRow> rows;
    for (int i = 0; i < 6; ++i) {
      SubjectRow& row = rows.emplace_back();
      row.case_id = row.person = cat("c", i);
      row.answers = {{"grade", grade(i < 3 ? 0.25 : 0.75)}, {"age", age(50 + i)}};
      row.truths = {{"grade", i == 0 || i > 3 ? "III" : "II"}, {"age", i == 5 ? "" : "48"}};
    }
    const ScratchFolder folder;
    write_answers(folder.path() / "one", rows, tasks);
    const auto scores = read_task_scores(folder.path() / "one" / "task_scores.tsv");
    const auto value = [&scores](const char* task, const char* metric) {
      const auto& own = scores.at(task);
      const auto found = std::ranges::find(own, metric, &TaskScore::metric);
      DOCTEST_REQUIRE(found != own.end());
      return *found;
    };
    DOCTEST_CHECK(value("grade", "accuracy").value == doctest::Approx(4.0 / 6));
    DOCTEST_CHECK(value("grade", "accuracy").n == 6);
    DOCTEST_CHECK(value("age", "mae_years").value == doctest::Approx((2 + 3 + 4 + 5 + 6) / 5.0));
    DOCTEST_CHECK(value("age", "mae_years").n == 5);
    // As from a table, which does not say units, in another order.
    rows = read_subjects(folder.path() / "one" / "subjects.tsv").rows;
    std::ranges::reverse(rows);
    write_answers(folder.path() / "two", rows, tasks);
    for (const char* name : {"subjects.tsv", "task_scores.tsv"})
      DOCTEST_CHECK(read_text(folder.path() / "one" / name) == read_text(folder.path() / "two" / name));
  }
}

}  // namespace
}  // namespace tazuna
