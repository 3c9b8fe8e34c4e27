// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_answers.hpp"

#include <fstream>

#include "core/files.hpp"
#include "experiment/report.hpp"
#include "tests/python.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// A run of subject tasks alone: classes, a quantity, and a case that nobody knows the truth of.
void put_run(const fs::path& run) {
  put(run / "journal.csv",
      "step,learning_rate,grade_loss,age_loss,grad_norm,skipped_steps,grade_auc\n1,0.1,2,3,1,0,0.6\n");
  put(run / "validation" / "subjects.tsv",
      "case\tperson\tsession\tgrade\tgrade_true\tgrade_p_II\tgrade_p_III\tage\tage_true\tage_sd\n"
      "a\tA\tn/a\tII\tII\t0.75\t0.25\t41.5\t40\tn/a\n"
      "b\tB\tn/a\tIII\tII\t0.375\t0.625\t50\tn/a\tn/a\n"
      "c\tC\tn/a\tIII\tIII\t0.125\t0.875\t60.25\t62\tn/a\n"
      "d\tD\tn/a\tIII\tn/a\t0.125\t0.875\tn/a\t62\tn/a\n");
  put(run / "validation" / "task_scores.tsv",
      "task\tmetric\tvalue\tlow\thigh\tn\tpersons\n"
      "grade\tauc\t0.9375\t0.5\t1\t3\t3\nage\tmae_years\t1.625\t1.5\t1.75\t2\t2\n");
}

DOCTEST_TEST_SUITE("experiment/report_answers") {
  DOCTEST_TEST_CASE("a run's answers are those whose truth is known, with their scores and columns") {
    const ScratchFolder folder;
    put_run(folder.path());
    const auto tasks = answered_by_run(folder.path(), "validation");
    DOCTEST_REQUIRE(tasks.size() == 2);
    DOCTEST_CHECK(tasks[0].name == "grade");
    DOCTEST_CHECK(tasks[0].names == std::vector<std::string>{"II", "III"});
    DOCTEST_REQUIRE(tasks[0].answerers.size() == 1);
    DOCTEST_CHECK(tasks[0].answerers[0].answers.size() == 3);
    DOCTEST_CHECK(tasks[0].answerers[0].answers[1].truth == 0);
    DOCTEST_CHECK(tasks[0].answerers[0].answers[1].answer == 1);
    DOCTEST_CHECK(tasks[0].scores.front().over_cases.mean == 0.9375);
    DOCTEST_CHECK(tasks[0].share_prefix == "grade_p_");
    DOCTEST_CHECK(tasks[1].unit == "years");
    DOCTEST_CHECK(tasks[1].answerers[0].answers.size() == 2);
    DOCTEST_CHECK(answered_by_run(folder.path(), "elsewhere").empty());
  }

  DOCTEST_TEST_CASE("the page of a run of subject tasks alone shows their scores and figures") {
    const ScratchFolder folder;
    put_run(folder.path());
    Log log(Verbosity::quiet);
    const fs::path file = write_report(folder.path(), log);
    const std::string page = read_text(file);
    for (const char* part :
         {"data-value=\"0.9375\"", "data-value=\"1.625\"", "grade: classes II, III", "age (years)",
          "<b>ROC, grade III</b>", "validation/subjects.tsv (grade_true, grade_p_III)",
          "validation/subjects.tsv (age_true, age)", "validation/task_scores.tsv", "Held-out AUC of grade",
          "slope of error on truth"})
      DOCTEST_CHECK_MESSAGE(page.find(part) != std::string::npos, part);
    DOCTEST_CHECK(page.find("There are no scores yet") == std::string::npos);
    run_python("report/golden/check_page.py", {file});
  }

  DOCTEST_TEST_CASE("answers without a truth are no figures, answers without scores are") {
    const ScratchFolder folder;
    put(folder.path() / "subjects.tsv",
        "case\tperson\tsession\tage\tage_true\tage_sd\na\tA\tn/a\t41.5\tn/a\tn/a\n");
    DOCTEST_CHECK(answered_by_run(folder.path(), "").empty());
    put(folder.path() / "subjects.tsv",
        "case\tperson\tsession\tage\tage_true\tage_sd\na\tA\tn/a\t41.5\t40\tn/a\n");
    DOCTEST_CHECK(answered_by_run(folder.path(), "").size() == 1);
  }
}

}  // namespace
}  // namespace tazuna
