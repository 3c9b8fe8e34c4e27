// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_pairs.hpp"

#include <cmath>
#include <limits>

#include "core/files.hpp"
#include "core/text.hpp"
#include "tests/experiment/comparison_rows.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const double inf = std::numeric_limits<double>::infinity();

std::string name(int number) {
  return "case_" + std::to_string(number);
}

/// Six cases whose Dice is better by 0.1, 0.2, … under `joint`, of which the first is undefined there.
Outcomes six_lesions() {
  Outcomes outcomes;
  for (int i = 0; i < 6; ++i) {
    outcomes.scores.push_back(dice_row("joint", 1, name(i), i == 0 ? std::nan("") : .4 + .1 * i, -2));
    outcomes.scores.push_back(dice_row("lesion", 1, name(i), .4, 3));
  }
  return outcomes;
}

/// The row of a metric.
size_t row_of(const Table& table, const std::string& metric) {
  for (size_t i = 0; i < table.rows(); ++i)
    if (table.text(i, "metric") == metric) return i;
  DOCTEST_FAIL("no row of " << metric);
  return 0;
}

const std::vector<ArmPair> lesion_pair{{"joint", "lesion", {"lesion"}}},
    grade_pair{{"joint", "grade", {"grade"}}};

DOCTEST_TEST_SUITE("experiment/compare_pairs") {
  DOCTEST_TEST_CASE(
      "cases are paired by name, and those without two finite values are left out and counted") {
    const auto pairs = paired_rows(six_lesions(), lesion_pair, {});
    DOCTEST_REQUIRE(pairs.size() == 2);
    DOCTEST_CHECK(pairs[0].metric == "dice");
    DOCTEST_CHECK(pairs[0].rows.size() == 5);
    DOCTEST_CHECK(pairs[0].left_out == 1);
    for (const auto& row : pairs[0].rows) DOCTEST_CHECK(row.reference == .4);
    DOCTEST_CHECK(pairs[1].metric == "abs_volume_error_mm3");
    DOCTEST_CHECK(pairs[1].rows[0].arm == 2);  // its size, not its sign
    DOCTEST_CHECK_FALSE(pairs[1].higher_is_better);
  }

  DOCTEST_TEST_CASE(
      "sizes of volume errors are averaged over seeds and folds, so that errors do not cancel") {
    const ScratchFolder folder;
    Outcomes outcomes, aside;
    for (const int64_t sign : {-1, 1}) {
      for (const int64_t arm : {1, 3}) {
        const std::string name = arm == 1 ? "joint" : "lesion";
        write_atomically(folder.path() / "validation" / "cases.tsv",
                         cat("case\ttask\tstructure\tdice\tvolume_error_mm3\na\tlesion\tcore\t0.5\t",
                             sign * arm, "\nb\tlesion\tcore\t0.5\t", sign * arm, "\n"));
        add_run(outcomes, {name, sign, 0}, folder.path(), {});
        add_run(aside, {name, 1, sign}, folder.path(), {});
      }
    }
    for (const auto& pairs :
         {paired_rows(outcomes, lesion_pair, {}), paired_rows(mean_over_folds(aside, {}), lesion_pair, {})}) {
      DOCTEST_REQUIRE(pairs.size() == 2);
      DOCTEST_CHECK(pairs[1].metric == "abs_volume_error_mm3");
      DOCTEST_CHECK(pairs[1].rows[0].arm == 1);
      DOCTEST_CHECK(pairs[1].rows[0].reference == 3);
    }
  }

  DOCTEST_TEST_CASE("a mean difference has Wilcoxon's exact p of the signs") {
    const Table table = comparison_table(paired_rows(six_lesions(), lesion_pair, {}));
    const size_t dice = row_of(table, "dice");
    DOCTEST_CHECK(table.number(dice, "n") == 5);
    DOCTEST_CHECK(table.number(dice, "arm_mean") == doctest::Approx(.7));
    DOCTEST_CHECK(table.number(dice, "difference") == doctest::Approx(.3));
    DOCTEST_CHECK(table.number(dice, "low") < .3);
    DOCTEST_CHECK(table.number(dice, "high") > .3);
    DOCTEST_CHECK(table.number(dice, "statistic") == 15);                // 1 + 2 + 3 + 4 + 5
    DOCTEST_CHECK(table.number(dice, "p") == doctest::Approx(2. / 32));  // all of 2^5 signs equal
    DOCTEST_CHECK(table.text(dice, "better") == "higher");
    DOCTEST_CHECK(table.text(row_of(table, "abs_volume_error_mm3"), "better") == "lower");
  }

  DOCTEST_TEST_CASE("a pair told the other way round has the opposite difference and the same p") {
    const auto table = comparison_table(paired_rows(six_lesions(), lesion_pair, {}));
    const auto mirrored = comparison_table(paired_rows(six_lesions(), {{"lesion", "joint", {"lesion"}}}, {}));
    for (size_t i = 0; i < table.rows(); ++i) {
      DOCTEST_CHECK(mirrored.number(i, "difference") == doctest::Approx(-table.number(i, "difference")));
      DOCTEST_CHECK(mirrored.number(i, "low") == doctest::Approx(-table.number(i, "high")).epsilon(.05));
      DOCTEST_CHECK(mirrored.number(i, "p") == table.number(i, "p"));
    }
  }

  DOCTEST_TEST_CASE("the sessions of a person count once in Wilcoxon's test") {
    Outcomes outcomes = six_lesions();
    for (RunScore& row : outcomes.scores) row.person = row.score.case_id < name(3) ? "one" : "two";
    const Table table = comparison_table(paired_rows(outcomes, lesion_pair, {}));
    const size_t dice = row_of(table, "dice");
    DOCTEST_CHECK(table.number(dice, "persons") == 2);
    DOCTEST_CHECK(table.number(dice, "p") == doctest::Approx(2. / 4));
  }

  DOCTEST_TEST_CASE("Holm's p is adjusted over the structures of a task, not over metrics") {
    Outcomes outcomes = six_lesions();
    for (RunScore row : six_lesions().scores) {
      row.score.structure = "oedema";
      if (row.arm == "joint") row.score.metrics[0].second = .4 + (row.score.case_id < name(3) ? .1 : -.1);
      outcomes.scores.push_back(row);
    }
    const Table table = comparison_table(paired_rows(outcomes, lesion_pair, {}));
    DOCTEST_REQUIRE(table.rows() == 4);
    const size_t core = row_of(table, "dice");
    DOCTEST_CHECK(table.number(core, "p_holm") == doctest::Approx(2 * table.number(core, "p")));
  }

  DOCTEST_TEST_CASE("classes are compared by McNemar's test and DeLong's") {
    Outcomes outcomes;
    auto& answers = outcomes.answers["grade"];
    for (int i = 0; i < 8; ++i) {
      const bool positive = i % 2 == 1;
      answers.push_back(
          class_row("joint", 1, name(i), positive ? "III" : "II", positive ? .6 + .01 * i : .4));
      answers.push_back(class_row("grade", 1, name(i), positive ? "III" : "II", i < 3 ? .7 : .6 - .01 * i));
    }
    answers.push_back(class_row("joint", 1, "unknown", "", .9));
    answers.push_back(class_row("grade", 1, "unknown", "", .9));
    answers.push_back(class_row("joint", 1, "alone", "II", .9));
    const Table table = comparison_table(paired_rows(outcomes, grade_pair, {grade_question()}));
    DOCTEST_REQUIRE(table.rows() == 2);
    const size_t accuracy = row_of(table, "accuracy"), auc = row_of(table, "auc");
    DOCTEST_CHECK(table.number(accuracy, "n") == 8);
    DOCTEST_CHECK(table.number(accuracy, "arm_mean") == 1);
    DOCTEST_CHECK(table.text(accuracy, "test") == "mcnemar");
    DOCTEST_CHECK(table.number(accuracy, "statistic") ==
                  std::round(8 * (1 - table.number(accuracy, "reference_mean"))));
    DOCTEST_CHECK(table.number(auc, "arm_mean") == 1);
    DOCTEST_CHECK(table.number(auc, "difference") ==
                  doctest::Approx(1 - table.number(auc, "reference_mean")));
    DOCTEST_CHECK(table.text(auc, "test") == "delong");
    DOCTEST_CHECK(table.number(auc, "p") < 1);
  }

  DOCTEST_TEST_CASE(
      "a person's cases with the same truth are one row, and the tests that want one are done") {
    Outcomes outcomes;
    auto& answers = outcomes.answers["grade"];
    for (int i = 0; i < 12; ++i) {
      const std::string person = "person " + std::to_string(i / 2);
      const bool positive = i / 2 % 2 == 1;
      answers.push_back(
          class_row("joint", 1, name(i), positive ? "III" : "II", positive ? .7 : .1 * (i % 9), person));
      answers.push_back(class_row("grade", 1, name(i), positive ? "III" : "II", .05 * i, person));
    }
    const auto pairs = paired_rows(outcomes, grade_pair, {grade_question()});
    const Table table = comparison_table(pairs), rows = difference_table(pairs);
    for (size_t i = 0; i < table.rows(); ++i) {
      DOCTEST_CHECK(table.number(i, "n") == 6);
      DOCTEST_CHECK(table.number(i, "persons") == 6);
      DOCTEST_CHECK(table.number(i, "merged") == 12);
      DOCTEST_CHECK(std::isfinite(table.number(i, "p")));
    }
    for (size_t k = 0; k < rows.rows(); ++k) {
      DOCTEST_CHECK(rows.number(k, "cases") == 2);
      if (rows.text(k, "metric") != "auc" || rows.text(k, "person") != "person 4") continue;
      DOCTEST_CHECK(rows.text(k, "case") == "case_8+case_9");
      DOCTEST_CHECK(rows.number(k, "arm_value") == doctest::Approx(.4));          // of .8 and 0
      DOCTEST_CHECK(rows.number(k, "reference_value") == doctest::Approx(.425));  // of .4 and .45
    }
  }

  DOCTEST_TEST_CASE("the answer of merged cases follows from their mean, not from their answers") {
    Outcomes outcomes;
    for (const auto& [id, share] :
         std::vector<std::pair<std::string, double>>{{"a", .4}, {"b", .45}, {"c", .95}})
      for (const char* arm : {"joint", "grade"})
        outcomes.answers["grade"].push_back(class_row(arm, 1, id, "III", share, "one"));
    const auto pairs = paired_rows(outcomes, grade_pair, {grade_question()});
    DOCTEST_REQUIRE(pairs[0].rows.size() == 1);
    DOCTEST_CHECK(pairs[0].rows[0].arm == 1);  // two of three answered II
    DOCTEST_CHECK(pairs[0].rows[0].cases == 3);
  }

  DOCTEST_TEST_CASE(
      "a person whose truths differ keeps a row a truth, and tests of independence are left out") {
    Outcomes outcomes;
    auto& answers = outcomes.answers["grade"];
    for (int i = 0; i < 12; ++i) {
      const std::string person = "person " + std::to_string(i / 2);
      answers.push_back(class_row("joint", 1, name(i), i % 2 ? "III" : "II", .08 * (i % 7), person));
      answers.push_back(class_row("grade", 1, name(i), i % 2 ? "III" : "II", .05 * i, person));
    }
    const Table table = comparison_table(paired_rows(outcomes, grade_pair, {grade_question()}));
    for (size_t i = 0; i < table.rows(); ++i) {
      DOCTEST_CHECK(table.number(i, "n") == 12);
      DOCTEST_CHECK(table.number(i, "persons") == 6);
      DOCTEST_CHECK(table.number(i, "merged") == 0);
      DOCTEST_CHECK(std::isnan(table.number(i, "p")));
      DOCTEST_CHECK(table.number(i, "low") <= table.number(i, "difference"));
      DOCTEST_CHECK(table.number(i, "high") >= table.number(i, "difference"));
    }
  }

  DOCTEST_TEST_CASE("levels are compared by their distance and at their cuts, quantities by their error") {
    const AskedTask levels = level_question(), age = age_question();
    Outcomes outcomes;
    const auto level_row = [&](const char* arm, int i, size_t answer) {
      std::vector<double> shares(4, .1);
      shares[answer] = .7;
      return RunAnswer{{arm, 1, 0}, {name(i), name(i), std::to_string(i % 4), with_answer(shares, levels)}};
    };
    for (int i = 0; i < 8; ++i) {
      outcomes.answers["mrs"].push_back(level_row("joint", i, static_cast<size_t>(i % 4)));
      outcomes.answers["mrs"].push_back(level_row("mrs", i, 0));
      outcomes.answers["age"].push_back(number_row("joint", 1, name(i), std::to_string(40 + i), 41. + i));
      outcomes.answers["age"].push_back(number_row("age", 1, name(i), std::to_string(40 + i), 37. + i));
    }
    const auto pairs =
        paired_rows(outcomes, {{"joint", "mrs", {"mrs"}}, {"joint", "age", {"age"}}}, {levels, age});
    const Table table = comparison_table(pairs);
    DOCTEST_CHECK(table.number(row_of(table, "mae_levels"), "arm_mean") == 0);
    DOCTEST_CHECK(table.number(row_of(table, "mae_levels"), "reference_mean") == doctest::Approx(1.5));
    DOCTEST_CHECK(table.number(row_of(table, "auc_above_1"), "arm_mean") == 1);
    const size_t mae = row_of(table, "mae_years");
    DOCTEST_CHECK(table.number(mae, "difference") == doctest::Approx(-2));
    DOCTEST_CHECK(table.text(mae, "unit") == "years");
    DOCTEST_CHECK(table.text(mae, "better") == "lower");
  }

  DOCTEST_TEST_CASE("every figure can be recomputed from differences.tsv") {
    Outcomes outcomes = six_lesions();
    outcomes.scores[3].score.metrics[2].second = inf;
    const auto pairs = paired_rows(outcomes, lesion_pair, {});
    const Table table = comparison_table(pairs), rows = difference_table(pairs);
    for (size_t i = 0; i < table.rows(); ++i) {
      double sum = 0, n = 0;
      for (size_t k = 0; k < rows.rows(); ++k) {
        if (rows.text(k, "metric") != table.text(i, "metric")) continue;
        sum += rows.number(k, "arm_value") - rows.number(k, "reference_value");
        ++n;
      }
      DOCTEST_CHECK(n == table.number(i, "n"));
      DOCTEST_CHECK(sum / n == doctest::Approx(table.number(i, "difference")));
    }
  }
}

}  // namespace
}  // namespace tazuna
