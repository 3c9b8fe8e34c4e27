// SPDX-License-Identifier: Apache-2.0
#include "experiment/compare_rows.hpp"

#include <cmath>
#include <limits>

#include "core/files.hpp"
#include "tests/experiment/comparison_rows.hpp"
#include "tests/scratch_folder.hpp"

#include <doctest/doctest.h>

namespace tazuna {
namespace {

const double nan = std::nan("");
const double inf = std::numeric_limits<double>::infinity();

DOCTEST_TEST_SUITE("experiment/compare_rows") {
  DOCTEST_TEST_CASE(
      "a metric is averaged over the seeds in which it is defined; infinite in one is infinite") {
    const struct {
      std::vector<double> seeds;
      double mean;
    } rows[] = {{{.5, .7}, .6}, {{.5, nan}, .5}, {{nan, nan}, nan}, {{.5, inf}, inf}, {{.4}, .4}};
    for (const auto& row : rows) {
      std::vector<RunScore> scores{dice_row("other", 1, "a", .1)};
      for (size_t seed = 0; seed < row.seeds.size(); ++seed)
        scores.push_back(dice_row("joint", static_cast<int64_t>(seed), "a", row.seeds[seed]));
      const auto means = mean_over_seeds(scores, "joint");
      DOCTEST_REQUIRE(means.size() == 1);
      const double mean = means[0].score.metrics[0].second;
      if (std::isnan(row.mean)) {
        DOCTEST_CHECK(std::isnan(mean));
      } else {
        DOCTEST_CHECK((mean == row.mean || mean == doctest::Approx(row.mean)));
      }
    }
  }

  DOCTEST_TEST_CASE("probabilities are averaged before they are decided") {
    const std::vector<RunAnswer> answers{
        class_row("joint", 1, "a", "II", .9), class_row("joint", 2, "a", "II", .4),
        class_row("joint", 3, "a", "II", .4), class_row("grade", 1, "a", "II", .1)};
    const auto means = mean_over_seeds(answers, "joint", grade_question());
    DOCTEST_REQUIRE(means.size() == 1);
    const auto& shares = std::get<ClassShares>(means[0].answered.answer);
    DOCTEST_CHECK(shares.shares[1] == doctest::Approx(1.7 / 3));
    DOCTEST_CHECK(shares.names[shares.chosen] == "III");  // two of three seeds said II
    const std::vector<RunAnswer> ages{number_row("joint", 1, "a", "40", 30),
                                      number_row("joint", 2, "a", "40", 40)};
    DOCTEST_CHECK(
        std::get<Quantity>(mean_over_seeds(ages, "joint", age_question())[0].answered.answer).value ==
        doctest::Approx(35));
  }

  DOCTEST_TEST_CASE("one seed's answer stays as it was given") {
    auto one = class_row("joint", 1, "a", "II", .3);
    std::get<ClassShares>(one.answered.answer).chosen = 1;
    const auto means = mean_over_seeds({one}, "joint", grade_question());
    DOCTEST_CHECK(std::get<ClassShares>(means[0].answered.answer).chosen == 1);
  }

  DOCTEST_TEST_CASE("tables say arm, seed, fold, case and person of every row") {
    const Table scores = score_rows({dice_row("joint", 2, "a", .5, inf)});
    DOCTEST_CHECK(scores.columns() == std::vector<std::string>{"arm", "seed", "fold", "case", "person",
                                                               "task", "structure", "dice",
                                                               "volume_error_mm3", "abs_volume_error_mm3"});
    DOCTEST_CHECK(scores.tsv() ==
                  "arm\tseed\tfold\tcase\tperson\ttask\tstructure\tdice\tvolume_error_mm3\t"
                  "abs_volume_error_mm3\njoint\t2\t0\ta\ta\tlesion\tcore\t0.5\tinf\tinf\n");
    DOCTEST_CHECK(answer_rows({class_row("joint", 1, "a", "", .75, "p")}, grade_question()).tsv() ==
                  "arm\tseed\tfold\tcase\tperson\ttruth\tanswer\tp_II\tp_III\n"
                  "joint\t1\t0\ta\tp\tn/a\tIII\t0.25\t0.75\n");
    DOCTEST_CHECK(answer_rows({number_row("joint", 1, "a", "40", 41.5)}, age_question()).tsv() ==
                  "arm\tseed\tfold\tcase\tperson\ttruth\tanswer\njoint\t1\t0\ta\ta\t40\t41.5\n");
  }

  DOCTEST_TEST_CASE("a run's scores are read with its persons") {
    const ScratchFolder folder;
    write_atomically(
        folder.path() / "validation" / "cases.tsv",
        "case\ttask\tstructure\tdice\nsub-1_ses-1\tlesion\tcore\t0.5\nsub-2\tlesion\tcore\tn/a\n");
    Outcomes outcomes;
    add_run(outcomes, {"joint", 1, 2}, folder.path(), {{"sub-1_ses-1", "sub-1"}});
    DOCTEST_REQUIRE(outcomes.scores.size() == 2);
    DOCTEST_CHECK(outcomes.scores[0].person == "sub-1");
    DOCTEST_CHECK(outcomes.scores[0].fold == 2);
    DOCTEST_CHECK(outcomes.scores[1].person == "sub-2");
    DOCTEST_CHECK(std::isnan(outcomes.scores[1].score.metrics[0].second));
    DOCTEST_CHECK(outcomes.answers.empty());
    add_run(outcomes, {"joint", 1, 2}, folder.path(), {}, "held_aside");
    DOCTEST_CHECK(outcomes.scores.size() == 2);  // nobody is there
  }

  DOCTEST_TEST_CASE("people whom every fold's network answered are averaged over folds, seed by seed") {
    Outcomes outcomes;
    for (const int64_t seed : {1, 2}) {
      for (const int64_t fold : {0, 1}) {
        const double value = static_cast<double>(seed) / 4 + static_cast<double>(fold) / 10;
        for (const char* arm : {"joint", "grade"}) {
          outcomes.scores.push_back(dice_row(arm, seed, "a", value));
          outcomes.scores.back().fold = fold;
          outcomes.answers["grade"].push_back(class_row(arm, seed, "a", "III", value));
          outcomes.answers["grade"].back().fold = fold;
        }
      }
    }
    const Outcomes means = mean_over_folds(outcomes, {grade_question()});
    DOCTEST_REQUIRE(means.scores.size() == 4);
    DOCTEST_REQUIRE(means.answers.at("grade").size() == 4);
    for (const RunScore& row : means.scores) {
      DOCTEST_CHECK(row.fold == 0);
      DOCTEST_CHECK(row.score.metrics[0].second == doctest::Approx(static_cast<double>(row.seed) / 4 + .05));
    }
    for (const RunAnswer& row : means.answers.at("grade")) {
      const auto& shares = std::get<ClassShares>(row.answered.answer);
      DOCTEST_CHECK(shares.shares[1] == doctest::Approx(static_cast<double>(row.seed) / 4 + .05));
      DOCTEST_CHECK(shares.chosen == (row.seed == 2 ? 1 : 0));
    }
  }
}

}  // namespace
}  // namespace tazuna
