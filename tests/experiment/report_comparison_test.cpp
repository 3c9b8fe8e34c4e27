// SPDX-License-Identifier: Apache-2.0
#include "experiment/report_comparison.hpp"

#include <cmath>
#include <fstream>

#include "core/files.hpp"
#include "core/text.hpp"
#include "experiment/report.hpp"
#include "experiment/report_answers.hpp"
#include "experiment/report_tables.hpp"
#include "tests/python.hpp"
#include "tests/refusal.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Answers of two seeds of `joint`, one of `grade`; the third case has levels as numbers.
constexpr const char* answers =
    "arm\tseed\tfold\tcase\tperson\ttruth\tanswer\tp_1\tp_2\n"
    "joint\t0\t0\tx\tX\t1\t2\t0.25\t0.75\n"
    "joint\t1\t0\tx\tX\t1\t1\t0.875\t0.125\n"
    "joint\t0\t0\ty\tY\t2.0\t2\t0.25\t0.75\n"
    "joint\t1\t0\ty\tY\t2.0\t2\t0.25\t0.75\n"
    "joint\t0\t0\tz\tZ\tn/a\t2\t0.25\t0.75\n"
    "grade\t0\t0\tx\tX\t1\t1\t0.75\t0.25\n"
    "grade\t0\t0\ty\tY\t2.0\t1\t0.625\t0.375\n";

void put_comparison(const fs::path& dir) {
  put(dir / "arms.tsv",
      "arm\tkind\ttasks\tseeds\tfolds\tsteps\tparameters\tgflop_per_step\tminutes\tfolder\tnote\n"
      "joint\tnetwork\tlesion,grade\t2\t1\t100\t5000\t1.5\t2.5\tarms/joint-0123456789\tone network for all "
      "tasks\n"
      "grade\tnetwork\tgrade\t1\t1\t100\t4000\t1\t2\tarms/grade-0123456789\t<alone>\n");
  put(dir / "answers_grade.tsv", answers);
  put(dir / "cases.tsv",
      "arm\tseed\tfold\tcase\tperson\ttask\tstructure\tdice\thd95_mm\n"
      "joint\t0\t0\tx\tX\tlesion\tcore\t0.5\tinf\n"
      "joint\t1\t0\tx\tX\tlesion\tcore\t0.75\tn/a\n"
      "joint\t0\t0\ty\tY\tlesion\tcore\tn/a\tn/a\n");
  put(dir / "scores.tsv",
      "arm\ttask\tstructure\tmetric\tvalue\tlow\thigh\tn\tpersons\tundefined\tinfinite\tseed_sd\n"
      "joint\tlesion\tcore\tdice\t0.625\tn/a\tn/a\t1\t1\t1\t0\t0.125\n"
      "joint\tgrade\t-\tauc\t0.8125\t0.5\t1\t2\t2\t1\t0\tn/a\n"
      "grade\tgrade\t-\tauc\t0.6875\t0.25\t1\t2\t2\t0\t0\tn/a\n");
  put(dir / "comparison.tsv",
      "task\tstructure\tmetric\tunit\tbetter\tarm\treference\tn\tpersons\tarm_mean\treference_"
      "mean\tdifference\tlow\thigh\t"
      "test\tstatistic\tp\tp_holm\n"
      "grade\t-\tauc\t\thigher\tjoint\tgrade\t2\t2\t0.8125\t0.6875\t0.125\t-0.25\t0.5\tdelong\tn/"
      "a\t0.5\t0.5\n");
  put(dir / "held_aside" / "scores.tsv",
      "arm\ttask\tstructure\tmetric\tvalue\tlow\thigh\tn\tpersons\tundefined\tinfinite\tseed_sd\n"
      "joint\tlesion\tcore\tdice\t0.5625\tn/a\tn/a\t1\t1\t0\t0\tn/a\n"
      "joint\tgrade\t-\tauc\t0.9375\t0.5\t1\t2\t2\t0\t0\tn/a\n");
  put(dir / "flow.tsv", "fold\tpart\tcases\tpersons\tage\n0\theld_out\t3\t3\tmean 45\n");
  put(dir / "comparison.json",
      R"({"tazuna": "9.8.7", "command": "tazuna compare a&b.yaml", "threads": 2, "limits": ["One seed only."]})");
  put(dir / "arms" / "joint-0123456789" / "seed_0" / "fold_0" / "journal.csv",
      "step,learning_rate,lesion_loss,grade_loss,cos_lesion_grade,skipped_steps,lesion_dice\n1,0.1,3,2,0.5,0,"
      "0.4\n");
  put(dir / "arms" / "grade-0123456789" / "seed_0" / "fold_0" / "journal.csv",
      "step,learning_rate,grade_loss,skipped_steps\n1,0.1,2,0\n");
}

DOCTEST_TEST_SUITE("experiment/report_comparison") {
  DOCTEST_TEST_CASE("a comparison's folder becomes a sound page with the numbers of its tables") {
    const ScratchFolder folder;
    put_comparison(folder.path());
    Log log(Verbosity::quiet);
    DOCTEST_CHECK(is_comparison(folder.path()));
    const fs::path file = write_report(folder.path(), log);
    DOCTEST_CHECK(file == folder.path() / "report.html");
    const std::string page = read_text(file);
    for (const char* part :
         {"Research use only", "No difference could be shown in the one paired comparison",
          "0.812 together, 0.688 alone; difference +0.125 (95 % interval −0.250 to "
          "+0.500, 2 persons, p = 0.50)",
          "data-value=\"0.8125\"", "data-value=\"0.625\"", "seeds ± 0.1250", "mean 45", "One seed only.",
          "tazuna 9.8.7", "tazuna compare a&amp;b.yaml", "&lt;alone&gt;", "Training loss of grade",
          "Agreement of the gradients of lesion and grade", "Display only", "ROC, grade 2",
          "answers_grade.tsv", "People held aside", "data-value=\"0.9375\"", "data-value=\"0.5625\""})
      DOCTEST_CHECK_MESSAGE(has(page, part), part);
    DOCTEST_CHECK_FALSE(has(page, "Learning rate<"));
    run_python("report/golden/check_page.py", {file});
    write_report(folder.path(), log);
    DOCTEST_CHECK((read_text(file) == page));
  }

  DOCTEST_TEST_CASE("without runs, answers and notes the page has what the other tables say") {
    const ScratchFolder folder;
    put_comparison(folder.path());
    for (const char* name :
         {"arms", "answers_grade.tsv", "comparison.json", "flow.tsv", "cases.tsv", "held_aside"})
      fs::remove_all(folder.path() / name);
    Log log(Verbosity::quiet);
    const fs::path file = write_report(folder.path(), log);
    const std::string page = read_text(file);
    DOCTEST_CHECK(has(page, "data-value=\"0.8125\""));
    DOCTEST_CHECK_FALSE(has(page, "ROC, grade"));
    run_python("report/golden/check_page.py", {file});
  }

  DOCTEST_TEST_CASE(
      "seeds are averaged case by case: probabilities and the answer that follows, metrics where defined") {
    const ScratchFolder folder;
    put_comparison(folder.path());
    const auto arms = arms_in(table_in(folder.path(), "arms.tsv"));
    const auto tasks =
        answered_by_arms(folder.path(), arms, scores_in(table_in(folder.path(), "scores.tsv")));
    DOCTEST_REQUIRE(tasks.size() == 1);
    DOCTEST_REQUIRE(tasks[0].answerers.size() == 2);
    DOCTEST_CHECK(tasks[0].names == std::vector<std::string>{"1", "2"});
    const auto& joint = tasks[0].answerers[0].answers;
    DOCTEST_REQUIRE(joint.size() == 2);  // nobody knows the truth of z
    DOCTEST_CHECK(joint[0].shares == std::vector<double>{0.5625, 0.4375});
    DOCTEST_CHECK(joint[0].answer == 0);
    DOCTEST_CHECK(joint[1].truth == 1);  // 2.0 is level 2
    DOCTEST_CHECK(tasks[0].answerers[1].answers[1].answer == 0);

    const Table cases = cases_of_arm(table_in(folder.path(), "cases.tsv"), "joint");
    DOCTEST_REQUIRE(cases.rows() == 2);
    DOCTEST_CHECK(cases.number(0, "dice") == 0.625);
    DOCTEST_CHECK(cases.number(0, "hd95_mm") == HUGE_VAL);
    DOCTEST_CHECK(std::isnan(cases.number(1, "dice")));
    DOCTEST_CHECK(cases_of_arm(table_in(folder.path(), "cases.tsv"), "nobody").rows() == 0);
  }

  DOCTEST_TEST_CASE("levels and the unit of a quantity are known by the scores") {
    const ScratchFolder folder;
    put(folder.path() / "answers_mrs.tsv",
        "arm\tseed\tfold\tcase\tperson\ttruth\tanswer\tp_0\tp_1\tp_2\n"
        "joint\t0\t0\tx\tX\t1\t0\t0.5\t0.1\t0.4\njoint\t1\t0\tx\tX\t1\t2\t0.3\t0.1\t0.6\n");
    put(folder.path() / "answers_age.tsv",
        "arm\tseed\tfold\tcase\tperson\ttruth\tanswer\njoint\t0\t0\tx\tX\t40\t41\njoint\t1\t0\tx\tX\t40\t45"
        "\n");
    const std::vector<MeanRow> scores{{"mrs", "-", "quadratic_kappa", {}, "joint"},
                                      {"age", "-", "mae_years", {}, "joint"}};
    const auto tasks = answered_by_arms(folder.path(), {{"joint", false, {"mrs", "age"}, 0}}, scores);
    DOCTEST_REQUIRE(tasks.size() == 2);
    DOCTEST_CHECK(tasks[0].ordered);
    DOCTEST_CHECK(tasks[0].answerers[0].answers[0].answer == 1);  // the median of 0.4, 0.1, 0.5
    DOCTEST_CHECK(tasks[1].unit == "years");
    DOCTEST_CHECK(tasks[1].answerers[0].answers[0].answer == 43);
  }

  DOCTEST_TEST_CASE(
      "a table that cannot be read is refused by name, at the end of a comparison it is a warning") {
    const ScratchFolder folder;
    put_comparison(folder.path());
    put(folder.path() / "scores.tsv", "arm\ttask\n");
    put(folder.path() / "comparison.json", "{\"limits\": 3}");
    Log log(Verbosity::quiet);
    const std::string sentence = refusal_of([&] { write_comparison_report(folder.path(), log); });
    DOCTEST_CHECK(says(sentence, "comparison.json"));
    DOCTEST_CHECK_NOTHROW(report_comparison(folder.path(), log));
  }
}

}  // namespace
}  // namespace tazuna
